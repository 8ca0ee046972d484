#!/usr/bin/env bash
# Writes RELIABILITY.md from reliability/results.csv and nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
awk -F, '
  BEGIN {
    what["kills"] = "kills of a real process under load, and of one that starts"
    what["power-loss"] = "power cuts of a simulated disk under the whole engine"
    what["power-loss-brief"] = "the same in many short lives"
    what["journal"] = "power cuts of a journal alone on that disk"
    what["disk-errors"] = "calls to that disk that failed, each once"
    what["model"] = "calls by chance beside a small model of a queue"
    what["damage"] = "journals damaged at one place while closed"
    what["corruption"] = "data directories damaged at one place while closed"
    what["mutants"] = "planted bugs, each of which a rig must find"
    what["system-calls"] = "kills at the n-th write, force, truncation, rename, deletion, opening, in 12 scenarios"
    what["system-errors"] = "calls that failed (EIO) or found the disk full (ENOSPC), in 12 scenarios"
    what["power-cuts"] = "power cuts of a mounted file system under a real process"
    what["full-disk"] = "settlements on a disk without a free byte"
    what["interleavings"] = "interleavings of those who race on rings, permits, answers"
    what["fuzz-event"] = "inputs to the reader of records"
    what["fuzz-snapshotChunk"] = "inputs to the reader of snapshot contents"
    what["fuzz-segment"] = "inputs to the reader of segments"
    what["fuzz-snapshot"] = "inputs to the reader of snapshot files"
    what["fuzz-directory"] = "inputs to the opener of directories"
    print "# Reliability\n"
    print "Written by `reliability/report.sh` from [`reliability/results.csv`](reliability/results.csv), to which"
    print "`reliability/campaign.sh` appends; every figure is a sum over that file, violations found and fixed since included."
    print "What the rigs are: [`reliability/README.md`](reliability/README.md); what they can find:"
    print "[`reliability/mutants.md`](reliability/mutants.md).\n"
    print "| rig | what a cycle is | runs | cycles | violations | last run | at commit |"
    print "|---|---|--:|--:|--:|---|---|"
  }
  NR > 1 && NF >= 6 {
    if (!($3 in runs)) order[++count] = $3
    runs[$3]++; cycles[$3] += $5; violations[$3] += $6; last[$3] = substr($1, 1, 10); at[$3] = $2
  }
  END {
    for (i = 1; i <= count; i++) {
      r = order[i]
      printf "| %s | %s | %d | %d | %d | %s | `%s` |\n", r, what[r], runs[r], cycles[r], violations[r], last[r], at[r]
    }
    print "\nA commit with a `+` had changes on top. Where a run found something, the commit that fixed it says what it was."
  }
' reliability/results.csv > RELIABILITY.md
