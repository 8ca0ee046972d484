#!/usr/bin/env bash
# Runs the rigs by ranges of seeds and appends what they did to reliability/results.csv, from which reliability/report.sh
# writes RELIABILITY.md. Stop it whenever you like: what a rig had finished stands in the file, and the next run goes on
# behind the highest seed that stands there.
#
#   reliability/campaign.sh [rig...]        all rigs, or those named: kills power-loss journal damage model mutants
#                                           system-calls system-errors power-cuts full-disk interleavings fuzz
#   ROUNDS=10 reliability/campaign.sh       so many rounds through them; 1 when nothing is said
#   SCALE=5 reliability/campaign.sh         five times as much in each round
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=reliability/results.csv
[ -f "$results" ] || echo "date,commit,rig,seeds,cycles,violations" > "$results"
scale=${SCALE:-1}
commit=$(git rev-parse --short HEAD)
[ -z "$(git status --porcelain -- '*.java' '*.c' pom.xml '*/pom.xml')" ] || commit="$commit+"

# The seed behind the last one of a rig.
next_seed() {
  awk -F, -v rig="$1" '$3 == rig { n = split($4, s, "-"); if (s[n] > max) max = s[n] } END { print max + 1 }' "$results"
}

record() { # rig seeds cycles violations
  echo "$(date -u +%Y-%m-%dT%H:%MZ),$commit,$1,$2,$3,$4" | tee -a "$results"
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
    mkdir -p reliability/target/failures
    cp -r "$reports" "reliability/target/failures/$(date -u +%s)"
    echo "A rig found something: see reliability/target/failures." >&2
  fi
}

# Adds up a figure of all lines of a rig.
sum() { # rig field
  grep -h "^RIG $1 " <<< "$out" | grep -o "$2=[0-9]*" | cut -d= -f2 | awk '{ s += $1 } END { print s + 0 }'
}

record_lines() { # rig printed-as seeds
  local cycles violations
  cycles=$(sum "$2" cycles); violations=$(sum "$2" violations)
  [ "$failed" -eq 0 ] || [ "$violations" -gt 0 ] || violations=1
  [ "$cycles" -gt 0 ] || [ "$violations" -gt 0 ] || return 0
  record "$1" "$3" "$cycles" "$violations"
}

rig_kills() {
  local kills=$((100 * scale)) seed; seed=$(next_seed kills)
  run queue-runtime-core CrashTests -Dqueue-runtime.crash.kills=$kills -Dqueue-runtime.seed="$seed" || return
  # Two lanes run beside each other, with a seed each.
  record kills "$seed-$((seed + 1))" "$kills" "$((failed != 0))"
}

rig_power_loss() {
  local seeds=$((100000 * scale)) from cuts; from=$(next_seed power-loss)
  run queue-runtime-core PowerLossTests -Dqueue-runtime.power-loss.seeds=$seeds -Dqueue-runtime.power-loss.from="$from" || return
  cuts=$(grep -oE '[0-9,]+ power cuts' <<< "$out" | head -1 | tr -dc 0-9)
  record power-loss "$from-$((from + seeds - 1))" "${cuts:-0}" "$((failed != 0))"
}

rig_journal() {
  local seeds=$((20000 * scale))
  run queue-runtime-core JournalPowerLossTests -Djournal.seeds=$seeds || return
  record journal "1-$seeds" "$seeds" "$((failed != 0))"
}

rig_damage() {
  local seeds=$((20000 * scale)) from; from=$(next_seed damage)
  run queue-runtime-core DamageTests -Dqueue-runtime.damage.seeds=$seeds -Dqueue-runtime.damage.from="$from" || return
  record damage "$from-$((from + seeds - 1))" "$seeds" "$((failed != 0))"
}

rig_mutants() {
  run queue-runtime-core PlantedBugTests || return
  local planted; planted=$(grep -cE ' (MODEL|POWER_LOSS|JOURNAL|DAMAGE|KILLS) +[0-9]+ ' <<< "$out")
  record mutants "1-$planted" "$planted" "$((failed != 0))"
}

rig_system_calls() {
  run reliability 'SystemCallTests#nothingAcknowledged*' -Dqueue-runtime.stride=${STRIDE:-1} || return
  record_lines system-calls system-call-kill "-"
}

rig_system_errors() {
  run reliability 'SystemCallTests#nothingIsAcknowledged*' -Dqueue-runtime.stride=${STRIDE:-1} || return
  record_lines system-errors system-call-error "-"
}

rig_power_cuts() {
  local cuts=$((50 * scale)) seed; seed=$(next_seed power-cuts)
  run reliability 'PowerCutTests#every*' -Dqueue-runtime.power-cuts=$cuts -Dqueue-runtime.seed="$seed" || return
  record_lines power-cuts power-cut "$seed-$((seed + (cuts - 1) / 10))"
}

rig_full_disk() {
  run reliability FullDiskTests || return
  record_lines full-disk full-disk "-"
}

rig_interleavings() {
  run reliability '*RaceTests' -Dqueue-runtime.interleavings=$((2000 * scale)) || return
  record_lines interleavings 'interleavings-[a-z]*' "-"
}

rig_fuzz() {
  local target executions
  for target in event snapshotChunk segment snapshot directory; do
    JAZZER_FUZZ=1 run reliability "ReaderFuzzTests#$target" || return
    executions=$(cat reliability/target/campaign.log <(echo "$out") | grep -oE '^#[0-9]+' | tr -d '#' | sort -n | tail -1)
    record "fuzz-$target" "-" "${executions:-0}" "$((failed != 0))"
  done
}

mkdir -p reliability/target
rigs=("$@")
[ ${#rigs[@]} -gt 0 ] || rigs=(kills power-loss journal damage mutants system-calls system-errors power-cuts full-disk interleavings fuzz)
for ((round = 1; round <= ${ROUNDS:-1}; round++)); do
  for rig in "${rigs[@]}"; do
    declare -F "rig_${rig//-/_}" > /dev/null || { echo "There is no rig '$rig'." >&2; exit 2; }
    "rig_${rig//-/_}"
    reliability/report.sh
  done
done
