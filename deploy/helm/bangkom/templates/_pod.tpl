{{/* The settings that are secret, by process: dict service, kind. A comma between names. */}}
{{- define "bangkom.secrets" -}}
{{- $names := list -}}
{{- if eq .service "portal" -}}
{{- $names = list "BANGKOM_PORTAL_SECRET" "BANGKOM_OIDC_CLIENT_ID" "BANGKOM_OIDC_CLIENT_SECRET" -}}
{{- else -}}
{{- $names = append $names (printf "BANGKOM_%s_DATABASE_URL" (upper .service)) -}}
{{- if eq .kind "work" }}{{ $names = append $names "AMQP_URL" }}{{ end -}}
{{- if and (eq .service "bridge") (ne .kind "migrate") }}{{ $names = append $names "BANGKOM_LMS_KEYS" }}{{ end -}}
{{- end -}}
{{ join "," $names }}
{{- end }}

{{/* Plain settings of one process: dict root, service, kind. */}}
{{- define "bangkom.settings" -}}
{{- $values := .root.Values -}}
{{- $own := eq .service "portal" | ternary $values.portal (index $values.services .service | default dict) -}}
{{- $given := include "bangkom.given" . | fromYaml -}}
{{- $all := dict "BANGKOM_LOG_LEVEL" $values.logLevel "BANGKOM_TIME_ZONE" $values.timeZone "BANGKOM_HOME" "/tmp/bangkom" -}}
{{- if eq .kind "web" -}}
{{- $_ := set $all "BANGKOM_LISTEN" "0.0.0.0:8000" -}}
{{- $_ := set $all "BANGKOM_PROXIES" (toString $values.proxies) -}}
{{- $_ := set $all "BANGKOM_WEB_WORKERS" (toString $given.workers) -}}
{{- $_ := set $all "BANGKOM_WEB_THREADS" (toString $given.threads) -}}
{{- if eq .service "portal" -}}
{{- $_ := set $all "BANGKOM_OIDC_ISSUER" $values.signIn.issuer -}}
{{- with $values.signIn.audience }}{{ $_ := set $all "BANGKOM_OIDC_AUDIENCE" . }}{{ end -}}
{{- range $name, $_ := $values.services -}}
{{- $_ := set $all (printf "BANGKOM_%s_URL" (upper $name)) (printf "http://%s-%s:8000" (include "bangkom.name" $.root) $name) -}}
{{- end -}}
{{- else -}}
{{- $_ := set $all "BANGKOM_WEB_POOL" (toString $given.pool) -}}
{{- $_ := set $all "BANGKOM_JWKS" $values.tokens.jwks -}}
{{- $_ := set $all "BANGKOM_TOKEN_ISSUER" $values.tokens.issuer -}}
{{- $_ := set $all "BANGKOM_TOKEN_AUDIENCE" $values.tokens.audience -}}
{{- if $values.operator.secret }}{{ $_ := set $all "BANGKOM_OPERATOR_JWKS" "/run/secrets/operator/jwks.json" }}{{ end -}}
{{- $_ := set $all "BANGKOM_LMS_JWKS" (printf "%s/api/bridge/jwks.json" (trimSuffix "/" $values.publicUrl)) -}}
{{- end -}}
{{- else if eq .kind "work" -}}
{{- $_ := set $all "BANGKOM_WORK_LISTEN" "0.0.0.0:9100" -}}
{{- $_ := set $all "BANGKOM_WORK_POOL" (toString $given.pool) -}}
{{- $_ := set $all "BANGKOM_BUS_PREFIX" $values.rabbitmq.prefix -}}
{{- end -}}
{{- if eq .service "bridge" -}}
{{- $_ := set $all "BANGKOM_PUBLIC_URL" (trimSuffix "/" $values.publicUrl) -}}
{{- $_ := set $all "BANGKOM_TOKEN_AUDIENCE" $values.tokens.audience -}}
{{- if $own.lmsFolderClaim }}{{ $_ := set $all "BANGKOM_LMS_FOLDER" "/lms" }}{{ end -}}
{{- end -}}
{{ mergeOverwrite $all (deepCopy $values.settings) (deepCopy ($own.settings | default dict)) | toYaml }}
{{- end }}

{{/* env of one process: plain settings, and for each secret one the name of its file. */}}
{{- define "bangkom.env" -}}
{{- range $name, $value := include "bangkom.settings" . | fromYaml }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name := include "bangkom.secrets" . | splitList "," }}
- name: {{ $name }}_FILE
  value: /run/secrets/bangkom/{{ $name }}
{{- end }}
{{- end }}

{{- define "bangkom.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "bangkom.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The parts of a pod that all have alike, from the top of its spec. */}}
{{- define "bangkom.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "bangkom.podSecurity" . | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The volume of a process's secrets: only the keys it needs. dict root, service, kind. */}}
{{- define "bangkom.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ include "bangkom.secret" . }}
    defaultMode: 0440
    items:
      {{- range $name := include "bangkom.secrets" . | splitList "," }}
      - {key: {{ $name }}, path: {{ $name }}}
      {{- end }}
{{- end }}

{{/* A Deployment: dict root, service, kind. */}}
{{- define "bangkom.deployment" -}}
{{- $given := include "bangkom.given" . | fromYaml -}}
{{- $web := eq .kind "web" -}}
{{- $scaled := $web | ternary (dig "autoscaling" "enabled" false $given) (ne (dig "lag" "by" "none" $given) "none") -}}
{{- $operator := and $web (ne .service "portal") .root.Values.operator.secret -}}
{{- $claim := and (eq .service "bridge") (dig "bridge" "lmsFolderClaim" "" .root.Values.services) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "bangkom.name" .root }}-{{ .service }}{{ if not $web }}-work{{ end }}
  labels:
    {{- include "bangkom.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .kind }}
    bangkom/service: {{ .service }}
spec:
  {{- if not $scaled }}
  replicas: {{ $given.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels: {{- include "bangkom.process" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "bangkom.process" . | nindent 8 }}
    spec:
      {{- include "bangkom.pod" .root | nindent 6 }}
      terminationGracePeriodSeconds: 45
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "bangkom.process" . | nindent 14 }}
      containers:
        - name: {{ .kind }}
          image: {{ include "bangkom.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: [bangkom]
          args: [{{ .kind }}, {{ .service }}]
          env: {{- include "bangkom.env" . | nindent 12 }}
          ports:
            - {name: {{ $web | ternary "http" "health" }}, containerPort: {{ $web | ternary 8000 9100 }}}
          startupProbe:
            httpGet: {path: /live, port: {{ $web | ternary "http" "health" }}}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /live, port: {{ $web | ternary "http" "health" }}}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /ready, port: {{ $web | ternary "http" "health" }}}
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
          {{- if $web }}
          # No new request comes once the endpoint is gone everywhere; gunicorn finishes those it has.
          lifecycle:
            preStop:
              sleep: {seconds: 5}
          {{- end }}
          resources: {{- toYaml $given.resources | nindent 12 }}
          securityContext: {{- include "bangkom.containerSecurity" .root | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: secrets, mountPath: /run/secrets/bangkom, readOnly: true}
            {{- if $operator }}
            - {name: operator, mountPath: /run/secrets/operator, readOnly: true}
            {{- end }}
            {{- if $claim }}
            - {name: lms, mountPath: /lms}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 256Mi}
        {{- include "bangkom.secretVolume" . | nindent 8 }}
        {{- if $operator }}
        # The public half only.
        - name: operator
          secret:
            secretName: {{ $operator }}
            defaultMode: 0440
            items:
              - {key: BANGKOM_OPERATOR_JWKS, path: jwks.json}
        {{- end }}
        {{- if $claim }}
        - name: lms
          persistentVolumeClaim: {claimName: {{ $claim }}}
        {{- end }}
{{- end }}

{{/* A Service, and how one process is kept up and grows: dict root, service, kind. */}}
{{- define "bangkom.around" -}}
{{- $given := include "bangkom.given" . | fromYaml -}}
{{- $web := eq .kind "web" -}}
{{- $name := printf "%s-%s%s" (include "bangkom.name" .root) .service ($web | ternary "" "-work") -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ $name }}
  labels:
    {{- include "bangkom.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .kind }}
    bangkom/service: {{ .service }}
spec:
  {{- if not $web }}
  clusterIP: None
  {{- end }}
  selector: {{- include "bangkom.process" . | nindent 4 }}
  ports:
    - {name: {{ $web | ternary "http" "health" }}, port: {{ $web | ternary 8000 9100 }}, targetPort: {{ $web | ternary "http" "health" }}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels: {{- include "bangkom.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "bangkom.process" . | nindent 6 }}
{{- if and $web $given.autoscaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "bangkom.labels" .root | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ $given.autoscaling.least }}
  maxReplicas: {{ $given.autoscaling.most }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $given.autoscaling.cpu }}}
{{- end }}
{{- if and (not $web) (eq $given.lag.by "metric") }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "bangkom.labels" .root | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ $given.lag.least }}
  maxReplicas: {{ $given.lag.most }}
  metrics:
    - type: External
      external:
        metric:
          name: {{ $given.lag.metric }}
          selector:
            matchLabels: {queue: {{ .root.Values.rabbitmq.prefix }}.{{ .service }}}
        target: {type: AverageValue, averageValue: {{ $given.lag.messages | quote }}}
{{- end }}
{{- if and (not $web) (eq $given.lag.by "keda") }}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata:
  name: {{ $name }}
  labels: {{- include "bangkom.labels" .root | nindent 4 }}
spec:
  secretTargetRef:
    - {parameter: host, name: {{ include "bangkom.secret" . }}, key: AMQP_URL}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ $name }}
  labels: {{- include "bangkom.labels" .root | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ $name }}}
  minReplicaCount: {{ $given.lag.least }}
  maxReplicaCount: {{ $given.lag.most }}
  triggers:
    - type: rabbitmq
      metadata:
        protocol: amqp
        mode: QueueLength
        queueName: {{ .root.Values.rabbitmq.prefix }}.{{ .service }}
        value: {{ $given.lag.messages | quote }}
      authenticationRef: {name: {{ $name }}}
{{- end }}
{{- end }}
