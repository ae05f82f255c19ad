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

_bamgatectl ()
{
  local current=${COMP_WORDS[COMP_CWORD]} open="" plain line word
  COMPREPLY=()
  if [[ $current == [\'\"]* ]]; then
    open=${current:0:1} plain=${current:1}
  else
    # shellcheck disable=SC2162 # without -r it takes the backslashes away
    IFS="" read plain <<< "$current"
  fi
  while IFS="" read -r line; do
    word=${line%%$'\t'*}
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
  done < <(command bamgatectl complete -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$plain" 2> /dev/null)
}

complete -F _bamgatectl bamgatectl
