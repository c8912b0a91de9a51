{{/* Processes of the whole house, which belong to no service: backups, their rehearsal, watch. */}}

{{/* Where backups go; empty where none are made. */}}
{{- define "bangkom.backupPlace" -}}
{{- with .Values.backups }}{{ if .claim }}/backups{{ else }}{{ .s3.address }}{{ end }}{{ end -}}
{{- end }}

{{/* Where the address of the user who declares everything is: name and key of a Secret. */}}
{{- define "bangkom.brokerSecret" -}}
{{- $made := .Values.rabbitmq.cluster.enabled -}}
name: {{ .Values.migrations.brokerSecret | default ($made | ternary (printf "%s-default-user" (include "bangkom.rabbitmq" .)) (printf "%s-broker-admin" (include "bangkom.name" .))) }}
key: {{ $made | ternary "connection_string" .Values.migrations.brokerKey }}
{{- end }}

{{/* env: dict root, settings (over what all have), secrets (each a dict of secret, key and path). */}}
{{- define "bangkom.houseEnv" -}}
{{- $values := .root.Values -}}
{{- $all := dict "BANGKOM_LOG_LEVEL" $values.logLevel "BANGKOM_TIME_ZONE" $values.timeZone "BANGKOM_HOME" "/tmp/bangkom" -}}
{{- with include "bangkom.backupPlace" .root }}{{ $_ := set $all "BANGKOM_BACKUP" . }}{{ end -}}
{{- with $values.backups.s3 -}}
{{- if .address -}}
{{- with .endpoint }}{{ $_ := set $all "AWS_ENDPOINT_URL" . }}{{ end -}}
{{- with .region }}{{ $_ := set $all "AWS_DEFAULT_REGION" . }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := mergeOverwrite $all .settings (deepCopy $values.settings) }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range .secrets }}
- name: {{ .path }}_FILE
  value: /run/secrets/bangkom/{{ .path }}
{{- end }}
{{- end }}

{{/* The volumes: dict root, secrets. */}}
{{- define "bangkom.houseVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range .secrets }}
      - secret:
          name: {{ .secret }}
          items: [{key: {{ .key }}, path: {{ .path }}}]
      {{- end }}
{{- with .root.Values.backups.claim }}
- name: backups
  persistentVolumeClaim: {claimName: {{ . }}}
{{- end }}
{{- end }}

{{/* What of them is mounted: dict root, write (whether backups may be written). */}}
{{- define "bangkom.houseMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets/bangkom, readOnly: true}
{{- if .root.Values.backups.claim }}
- {name: backups, mountPath: /backups{{ if not .write }}, readOnly: true{{ end }}}
{{- end }}
{{- end }}

{{/* One job at its times: dict root, kind (backup or drill), schedule, args, secrets, retries, seconds, write, lms. */}}
{{- define "bangkom.cronJob" -}}
{{- $root := .root -}}
{{- $process := dict "root" $root "service" "backups" "kind" .kind -}}
{{- $settings := dict -}}
{{- if .lms }}{{ $_ := set $settings "BANGKOM_LMS_FOLDER" "/lms" }}{{ end -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ include "bangkom.name" $root }}-{{ .kind }}
  labels: {{- include "bangkom.labels" $root | nindent 4 }}
spec:
  schedule: {{ .schedule | quote }}
  timeZone: {{ $root.Values.timeZone }}
  # Two at once would do no harm, and no good either.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 1800
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: {{ .retries }}
      activeDeadlineSeconds: {{ .seconds }}
      template:
        metadata:
          labels: {{- include "bangkom.process" $process | nindent 12 }}
        spec:
          restartPolicy: Never
          {{- include "bangkom.pod" $root | nindent 10 }}
          containers:
            - name: {{ .kind }}
              image: {{ include "bangkom.image" $root }}
              imagePullPolicy: {{ $root.Values.image.pullPolicy }}
              command: [bangkom]
              args: {{- toYaml .args | nindent 16 }}
              env: {{- include "bangkom.houseEnv" (dict "root" $root "settings" $settings "secrets" .secrets) | nindent 16 }}
              resources: {{- toYaml $root.Values.backups.resources | nindent 16 }}
              securityContext: {{- include "bangkom.containerSecurity" $root | nindent 16 }}
              volumeMounts:
                {{- include "bangkom.houseMounts" . | nindent 16 }}
                {{- if .lms }}
                - {name: lms, mountPath: /lms, readOnly: true}
                {{- end }}
          volumes:
            {{- include "bangkom.houseVolumes" . | nindent 12 }}
            {{- with .lms }}
            - name: lms
              persistentVolumeClaim: {claimName: {{ . }}}
            {{- end }}
{{- end }}
