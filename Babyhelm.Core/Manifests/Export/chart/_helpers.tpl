{{/* Everything of a release is named after it, unless fullnameOverride says otherwise. */}}
{{- define "app.fullname" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 52 }}
{{- end }}

{{/* Never changes over a release's life: what services and deployments select by. */}}
{{- define "app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "app.labels" -}}
{{ include "app.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{- define "app.image" -}}
{{ .Values.image.repository }}{{ with .Values.image.tag }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Another name with other values: pods are replaced when a secret changes. */}}
{{- define "app.secretName" -}}
{{ if .Values.existingSecret }}{{ .Values.existingSecret }}{{ else }}{{ include "app.fullname" . }}-env-{{ .Values.secrets | toJson | sha256sum | trunc 8 }}{{ end }}
{{- end }}

{{/* Of a command each word is quoted: toYaml gives nothing at all where a text has a character that YAML does not print. */}}
{{- define "app.probe" -}}
{{- with .exec -}}
exec:
  command:
    {{- range .command }}
    - {{ . | quote }}
    {{- end }}
{{- end }}
{{- omit . "exec" | toYaml | nindent 0 }}
{{- end }}

{{- define "app.pod" -}}
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . | quote }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds | int }}
{{- if .Values.schedule }}
restartPolicy: Never
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  seccompProfile:
    type: RuntimeDefault
  {{- with .Values.extra.podSecurityContext }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- if .Values.volumes }}
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
containers:
  - name: {{ .Chart.Name | quote }}
    image: {{ include "app.image" . | quote }}
    {{- with .Values.image.pullPolicy }}
    imagePullPolicy: {{ . | quote }}
    {{- end }}
    {{- with .Values.command }}
    command:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
    {{- with .Values.args }}
    args:
      {{- range . }}
      - {{ . | quote }}
      {{- end }}
    {{- end }}
    {{- with .Values.containerPorts }}
    ports:
      {{- range . }}
      - containerPort: {{ . | int }}
        protocol: TCP
      {{- end }}
    {{- end }}
    {{- with .Values.env }}
    env:
      {{- range . }}
      - name: {{ .name | quote }}
        {{- if .secret }}
        valueFrom:
          secretKeyRef:
            name: {{ include "app.secretName" $ | quote }}
            key: {{ .name | quote }}
        {{- else }}
        {{- if .valueFrom }}
        valueFrom:
          {{- toYaml .valueFrom | nindent 10 }}
        {{- else }}
        value: {{ .value | quote }}
        {{- end }}
        {{- end }}
      {{- end }}
    {{- end }}
    resources:
      {{- toYaml .Values.resources | nindent 6 }}
    securityContext:
      allowPrivilegeEscalation: false
      {{- with .Values.extra.securityContext }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.probes.readiness }}
    readinessProbe:
      {{- include "app.probe" . | nindent 6 }}
    {{- end }}
    {{- with .Values.probes.startup }}
    startupProbe:
      {{- include "app.probe" . | nindent 6 }}
    {{- end }}
    {{- with .Values.probes.liveness }}
    livenessProbe:
      {{- include "app.probe" . | nindent 6 }}
    {{- end }}
    {{- if or .Values.volumes .Values.extraVolumeMounts }}
    volumeMounts:
      {{- range .Values.volumes }}
      - name: {{ .name | quote }}
        mountPath: {{ .mountPath | quote }}
      {{- end }}
      {{- with .Values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- end }}
    {{- with .Values.extra.container }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.extra.containers }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.extra.pod }}
{{- toYaml . | nindent 0 }}
{{- end }}
{{- if or .Values.volumes .Values.extraVolumes }}
volumes:
  {{- range .Values.volumes }}
  - name: {{ .name | quote }}
    persistentVolumeClaim:
      claimName: {{ if .existingClaim }}{{ .existingClaim | quote }}{{ else }}{{ include "app.fullname" $ }}--{{ .name }}{{ end }}
  {{- end }}
  {{- with .Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
