#!/bin/sh
# Writes the Alertmanager's configuration from the environment and starts it; words after the script's name go to it.
set -eu
umask 077
here=$(dirname "$0")
made=${ALERT_CONFIG:-/tmp/alertmanager.yml}
secrets=${ALERT_SECRETS:-/run/secrets}
drop='^$'
if [ -z "${ALERT_MAIL_TO:-}" ]; then
  drop="$drop|#mail"
else
  : "${ALERT_MAIL_HOST:?ALERT_MAIL_TO is set, so ALERT_MAIL_HOST (host:port) is needed too}"
  : "${ALERT_MAIL_FROM:?ALERT_MAIL_TO is set, so ALERT_MAIL_FROM is needed too}"
  [ -n "${ALERT_MAIL_USER:-}" ] || drop="$drop|#mail_user"
fi
hook=
if [ -s "$secrets/alert_webhook" ]; then
  hook=$(sed -e 's/[&|\\]/\\&/g' "$secrets/alert_webhook")
else
  drop="$drop|#hook"
fi
grep -Ev "$drop" "$here/alertmanager.yml" | sed \
  -e "s|\${ALERT_MAIL_HOST}|${ALERT_MAIL_HOST:-}|" \
  -e "s|\${ALERT_MAIL_FROM}|${ALERT_MAIL_FROM:-}|" \
  -e "s|\${ALERT_MAIL_USER}|${ALERT_MAIL_USER:-}|" \
  -e "s|\${ALERT_MAIL_TO}|${ALERT_MAIL_TO:-}|" \
  -e "s|\${ALERT_WEBHOOK}|$hook|" \
  -e "s|/run/secrets/|$secrets/|" > "$made"
exec "${ALERTMANAGER:-/bin/alertmanager}" --config.file="$made" --storage.path="${ALERT_STORAGE:-/alertmanager}" "$@"
