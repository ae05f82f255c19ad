# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of bamgatectl(1) for bash. Names come from the network: what “bamgatectl complete” says is quoted, never evaluated.

# What may be inserted behind an open quote as it is.
_bamgatectl_fits ()
{
  case $1 in
    "'") [[ $2 != *"'"* ]] ;;
    '"') [[ $2 != *[\$\`\"\\!]* ]] ;;
  esac
}

# The words of the line up to the cursor, in “words” and “current”. bash cuts at “=” and “:”, too; what of the current word stands before
# such a cut is in “kept”, since bash keeps it.
_bamgatectl_words ()
{
  local rest=$COMP_LINE gap word i
  words=() kept="" current=""
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]} gap=${rest%%[![:space:]]*}
    rest=${rest#"$gap"}
    rest=${rest#"$word"}
    if [[ $i -gt 0 && -z $gap ]]; then
      kept+=$current
    else
      [[ $i -gt 1 ]] && words+=("$kept$current")
      kept=""
    fi
    current=$word
  done
  [[ $current == [=:]* && -n $kept ]] && kept+=$current current=""
}

_bamgatectl ()
{
  local current kept open="" plain before line word
  local -a words
  COMPREPLY=()
  _bamgatectl_words
  # shellcheck disable=SC2162 # without -r it takes the backslashes away
  IFS="" read before <<< "$kept"
  if [[ $current == [\'\"]* ]]; then
    open=${current:0:1} plain=${current:1}
  else
    # shellcheck disable=SC2162
    IFS="" read plain <<< "$current"
  fi
  while IFS="" read -r line; do
    word=${line%%$'\t'*}
    word=${word#"$before"}
    if [[ $line == $'\tfiles' ]]; then
      compopt -o filenames 2> /dev/null
      while IFS="" read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$plain")
    elif [[ -z $open ]]; then
      printf -v word %q "$word"
      COMPREPLY+=("$word")
    elif _bamgatectl_fits "$open" "$word"; then
      COMPREPLY+=("$word")
    fi
    [[ $word == *= ]] && compopt -o nospace 2> /dev/null
  done < <(command bamgatectl complete -- "${words[@]}" "$before$plain" 2> /dev/null)
}

complete -F _bamgatectl bamgatectl
