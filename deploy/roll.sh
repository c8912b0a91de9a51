#!/bin/sh
# Replaces the containers of a service one generation for the other, without a request lost:
#     deploy/roll.sh enrolment-web          one service
#     deploy/roll.sh all                    every process of Bangkom, after migrations
# New containers start beside the old ones; once they are healthy the old ones are asked to finish and go. nginx looks the
# names up again every second and asks another replica where one has gone. Says what is wrong and ends with 1.
set -eu
WITHIN=${ROLL_WITHIN:-120}

running() { docker compose ps -q "$1"; }

roll() {
    old=$(running "$1")
    count=$(printf '%s\n' "$old" | grep -c .) || { echo "$1 does not run; docker compose up -d" >&2; exit 1; }
    docker compose up -d --no-deps --no-recreate --scale "$1=$((count * 2))" "$1"
    until=$(($(date +%s) + WITHIN))
    for id in $(running "$1"); do
        case " $(echo "$old" | tr '\n' ' ') " in *" $id "*) continue ;; esac
        while [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" != healthy ]; do
            if [ "$(date +%s)" -gt "$until" ]; then
                echo "$1: the new container $id is not healthy; the old ones still serve. See docker logs $id" >&2
                docker rm -f "$id" >/dev/null
                exit 1
            fi
            sleep 1
        done
    done
    # nginx knows the new ones by now: a name is kept for a second.
    sleep 2
    # shellcheck disable=SC2086
    docker stop -t 40 $old >/dev/null
    # shellcheck disable=SC2086
    docker rm $old >/dev/null
    echo "$1: $count replaced"
}

case ${1:-} in
'') echo "Say which service, or all: deploy/roll.sh enrolment-web" >&2; exit 1 ;;
all)
    docker compose run --rm --no-deps setup
    for name in enrolment content surveys budget bridge; do roll "$name-web"; roll "$name-work"; done
    roll portal
    # Nobody asks these anything, so they are simply made anew where they run.
    for name in backups watch; do
        [ -z "$(running "$name" 2>/dev/null)" ] || docker compose up -d --no-deps "$name"
    done
    ;;
*) roll "$1" ;;
esac
