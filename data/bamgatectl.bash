# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of bamgatectl(1) for bash.

_bamgatectl_peers ()
{
  bamgatectl peers --json 2>/dev/null | sed -n 's/^ *"id" : "\(.*\)",$/\1/p'
}

_bamgatectl_settings ()
{
  bamgatectl config list --json 2>/dev/null | sed -n 's/^    "\([^"]*\)" : .*/\1/p'
}

_bamgatectl_options ()
{
  bamgatectl "$@" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u
}

_bamgatectl_words ()
{
  local command=$1 before=$2
  case "$command $before" in
    "ping ping" | "peers forget" | "peers reconnect") _bamgatectl_peers ;;
    "peers peers") echo list forget reconnect ;;
    "config config") echo list get set unset ;;
    "config get" | "config set" | "config unset") _bamgatectl_settings ;;
    " "*) echo setup join leave invite up down status peers ping monitor config genkey pubkey genpsk version ;;
  esac
}

_bamgatectl ()
{
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $word != -* ]]; then
      command=$word
      break
    fi
  done
  case $before in
    --token-file | -t) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --bus) mapfile -t COMPREPLY < <(compgen -W "system session" -- "$current"); return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_bamgatectl_options $command)" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(_bamgatectl_words "$command" "$before")" -- "$current")
  fi
}

complete -F _bamgatectl bamgatectl
