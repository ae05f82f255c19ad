#compdef bamgatectl
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of bamgatectl(1) for zsh. Names come from the network: what “bamgatectl complete” says is quoted, never evaluated.

local line word current=""
local -a before found shown assignments
before=("${(@Q)words[2,CURRENT-1]}")
[[ $PREFIX == -* ]] && current=-
[[ $PREFIX == *=* ]] && current="${(Q)${PREFIX%%=*}}="
command bamgatectl complete -- "${before[@]}" "$current" 2> /dev/null | while IFS="" read -r line; do
  word=${line%%$'\t'*}
  if [[ $line == $'\tfiles' ]]; then
    _files
  elif [[ $word == *= ]]; then
    assignments+=("$word")
  else
    found+=("$word") shown+=("$word  ${line#*$'\t'}")
  fi
done
(( $#found )) && compadd -l -d shown -a -- found
(( $#assignments )) && compadd -S "" -a -- assignments
