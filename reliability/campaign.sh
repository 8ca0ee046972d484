#!/usr/bin/env bash
# Runs the rigs by ranges of seeds and appends what they did to reliability/results.csv, from which reliability/report.sh
# writes RELIABILITY.md. Stop it whenever you like: what a rig had finished stands in the file, and the next run goes on
# behind the highest seed that stands there.
#
#   reliability/campaign.sh [rig...]        all rigs, or those named: kills power-loss power-loss-brief journal
#                                           disk-errors damage corruption model mutants system-calls system-errors
#                                           power-cuts full-disk interleavings fuzz
#   ROUNDS=10 reliability/campaign.sh       so many rounds through them; 1 when nothing is said
#   SCALE=5 reliability/campaign.sh         five times as much in each round; 0.1 a tenth
#   STRIDE=20 reliability/campaign.sh system-calls system-errors     every 20th system call only
#   FUZZ=30s reliability/campaign.sh fuzz   so long for each reader; 5m when nothing is said
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=reliability/results.csv
[ -f "$results" ] || echo "date,commit,rig,seeds,cycles,violations" > "$results"
commit=$(git rev-parse --short HEAD)
[ -z "$(git status --porcelain -- '*.java' '*.c' pom.xml '*/pom.xml')" ] || commit="$commit+"

# So many in a round, as SCALE says.
times() {
  awk -v n="$1" -v scale="${SCALE:-1}" 'BEGIN { t = int(n * scale); print (t > 0 ? t : 1) }'
}

# The seed behind the last one of a rig.
next_seed() {
  awk -F, -v rig="$1" '$3 == rig { n = split($4, s, "-"); if (s[n] > max) max = s[n] } END { print max + 1 }' "$results"
}

# Runs tests of a module; what they print stands in $out, whether they passed in $failed.
run() { # module tests options...
  local module=$1 tests=$2; shift 2
  local reports=$module/target/surefire-reports
  rm -f "$reports"/*-output.txt "$reports"/TEST-*.xml
  nice -n 15 ./mvnw -q -B -ntp ${MAVEN_OPTIONS:--o} -Preliability -pl "$module" -am test -Dtest="$tests" \
    -Dsurefire.failIfNoSpecifiedTests=false "$@" > reliability/target/campaign.log 2>&1
  failed=$?
  out=$(cat "$reports"/*-output.txt 2>/dev/null)
  grep -h 'RIG SKIPPED' <<< "$out" >&2
  if ! ls "$reports"/TEST-*.xml > /dev/null 2>&1; then
    echo "The rig $tests did not run: see reliability/target/campaign.log." >&2
    return 1
  fi
  if [ "$failed" -ne 0 ]; then
    local kept; kept=reliability/target/failures/$(date -u +%s)
    mkdir -p "$kept"
    cp -r "$reports" reliability/target/campaign.log "$kept"
    echo "A rig found something: see $kept." >&2
  fi
}

# Adds up a figure of all lines that a rig printed.
sum() { # printed-as field
  grep -hE "^RIG $1 " <<< "$out" | grep -o "$2=[0-9]*" | cut -d= -f2 | awk '{ s += $1 } END { print s + 0 }'
}

# One line of the results; none when the rig was skipped. A rig that fails has found one thing at least.
record() { # rig printed-as seeds
  local cycles violations
  cycles=$(sum "$2" cycles); violations=$(sum "$2" violations)
  [ "$failed" -eq 0 ] || [ "$violations" -gt 0 ] || violations=1
  [ "$cycles" -gt 0 ] || [ "$violations" -gt 0 ] || { echo "$1: nothing was done." >&2; return 0; }
  echo "$(date -u +%Y-%m-%dT%H:%MZ),$commit,$1,$3,$cycles,$violations" | tee -a "$results"
}

rig_kills() {
  local seed; seed=$(next_seed kills)
  run queue-runtime-core CrashTests -Dqueue-runtime.crash.kills="$(times 300)" -Dqueue-runtime.seed="$seed" || return
  # Two lanes run beside each other, with a seed each.
  record kills kills "$seed-$((seed + 1))"
}

rig_power_loss() {
  local seeds from; seeds=$(times 100000); from=$(next_seed power-loss)
  run queue-runtime-core PowerLossTests -Dqueue-runtime.power-loss.seeds="$seeds" -Dqueue-runtime.power-loss.from="$from" || return
  record power-loss power-loss "$from-$((from + seeds - 1))"
}

rig_power_loss_brief() {
  local seeds from; seeds=$(times 500000); from=$(next_seed power-loss-brief)
  run queue-runtime-core PowerLossTests -Dqueue-runtime.power-loss.brief=true \
    -Dqueue-runtime.power-loss.seeds="$seeds" -Dqueue-runtime.power-loss.from="$from" || return
  record power-loss-brief power-loss "$from-$((from + seeds - 1))"
}

rig_journal() {
  local seeds from; seeds=$(times 50000); from=$(next_seed journal)
  run queue-runtime-core JournalPowerLossTests -Djournal.seeds="$seeds" -Djournal.from="$from" || return
  record journal journal "$from-$((from + seeds - 1))"
}

rig_disk_errors() {
  local lives; lives=$(($(times 40) + 12))
  run queue-runtime-core 'DiskErrorSweepTests#call*' -Dqueue-runtime.disk-errors.seeds="$lives" || return
  record disk-errors disk-errors "1-$lives"
}

rig_damage() {
  local seeds from; seeds=$(times 20000); from=$(next_seed damage)
  run queue-runtime-core DamageTests -Dqueue-runtime.damage.seeds="$seeds" -Dqueue-runtime.damage.from="$from" || return
  record damage damage "$from-$((from + seeds - 1))"
}

rig_corruption() {
  run queue-runtime-core GoldenDirectoryTests -Dqueue-runtime.corruption="${CORRUPTION:-all}" || return
  record corruption corruption -
}

rig_model() {
  local seeds from; seeds=$(times 20000); from=$(next_seed model)
  run queue-runtime-core EngineModelTests -Dqueue-runtime.model.seeds="$seeds" -Dqueue-runtime.model.from="$from" || return
  record model model "$from-$((from + seeds - 1))"
}

rig_mutants() {
  run queue-runtime-core PlantedBugTests || return
  record mutants mutants -
}

rig_system_calls() {
  run reliability 'SystemCallTests#nothingAcknowledged*' -Dqueue-runtime.stride="${STRIDE:-1}" || return
  record system-calls system-call-kill -
}

rig_system_errors() {
  run reliability 'SystemCallTests#nothingIsAcknowledged*' -Dqueue-runtime.stride="${STRIDE:-1}" || return
  record system-errors system-call-error -
}

rig_power_cuts() {
  local cuts seed; cuts=$(times 50); seed=$(next_seed power-cuts)
  run reliability 'PowerCutTests#every*' -Dqueue-runtime.power-cuts="$cuts" -Dqueue-runtime.seed="$seed" || return
  record power-cuts power-cut "$seed-$((seed + (cuts - 1) / 10))"
}

rig_full_disk() {
  run reliability FullDiskTests || return
  record full-disk full-disk -
}

rig_interleavings() {
  run reliability '*RaceTests' -Dqueue-runtime.interleavings="$(times 2000)" || return
  record interleavings 'interleavings-[a-z]+' -
}

# One reader at a time: a process fuzzes one thing only.
rig_fuzz() {
  local target
  for target in event snapshotChunk segment snapshot directory; do
    JAZZER_FUZZ=1 JAZZER_MAX_DURATION=${FUZZ:-5m} run reliability "ReaderFuzzTests#$target" || return
    record "fuzz-$target" fuzz -
  done
}

mkdir -p reliability/target
rigs=("$@")
[ ${#rigs[@]} -gt 0 ] || rigs=(kills power-loss power-loss-brief journal disk-errors damage corruption model mutants \
  system-calls system-errors power-cuts full-disk interleavings fuzz)
for rig in "${rigs[@]}"; do
  declare -F "rig_${rig//-/_}" > /dev/null || { echo "There is no rig '$rig'." >&2; exit 2; }
done
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
  for rig in "${rigs[@]}"; do
    "rig_${rig//-/_}"
    reliability/report.sh
  done
done
