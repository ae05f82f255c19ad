# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of bamgatectl(1) for fish. Names come from the network: what “bamgatectl complete” says is quoted, never evaluated.

function __bamgatectl_complete
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l current ""
    string match --quiet -- "-*" (commandline --current-token --cut-at-cursor)
    and set current -
    set -l assigned (string match --regex -- '^[^=]*=' (commandline --current-token --cut-at-cursor))
    and set current $assigned
    for line in (command bamgatectl complete -- $before[2..-1] $current 2> /dev/null)
        if test "$line" = \tfiles
            __fish_complete_path (commandline --current-token)
        else
            printf '%s\n' $line
        end
    end
end

complete --command bamgatectl --no-files --arguments "(__bamgatectl_complete)"
