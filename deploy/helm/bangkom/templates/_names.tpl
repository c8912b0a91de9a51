{{/* Names and labels. */}}
{{- define "bangkom.name" -}}
{{- if contains "bangkom" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-bangkom" (.Release.Name | trunc 32 | trimSuffix "-") }}{{ end -}}
{{- end }}

{{/* What every thing of this release carries; selectors take the first two. */}}
{{- define "bangkom.ours" -}}
app.kubernetes.io/name: bangkom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bangkom.labels" -}}
{{ include "bangkom.ours" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* The labels of one process: dict root, service, kind (web, work, migrate, topology, backup, drill or watch). */}}
{{- define "bangkom.process" -}}
{{ include "bangkom.ours" .root }}
app.kubernetes.io/component: {{ .kind }}
bangkom/service: {{ .service }}
{{- end }}

{{- define "bangkom.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end -}}
{{- end }}

{{- define "bangkom.postgres" -}}{{ include "bangkom.name" . }}-postgres{{- end }}
{{- define "bangkom.rabbitmq" -}}{{ include "bangkom.name" . }}-rabbitmq{{- end }}

{{/* The Secret of one service or the portal: dict root, service. */}}
{{- define "bangkom.secret" -}}
{{- $own := eq .service "portal" | ternary .root.Values.portal (index .root.Values.services .service | default dict) -}}
{{ $own.secret | default (printf "%s-%s" (include "bangkom.name" .root) .service) }}
{{- end }}

{{/* What one service's web or work is given, over what all are given: dict root, service, kind. */}}
{{- define "bangkom.given" -}}
{{- $own := eq .service "portal" | ternary .root.Values.portal (index .root.Values.services .service | default dict) -}}
{{ mergeOverwrite (deepCopy (index .root.Values .kind)) (deepCopy (index $own .kind | default dict)) | toYaml }}
{{- end }}
