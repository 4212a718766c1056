{{/*
The pod of one workload. Takes a dict:
  root, name; args: the words after `foureyes`; settings: name to text; secretFiles: setting to key of the Secret
  ports: name to number; alive, ready: paths on the port `http`; isKept: whether /data is a volume claim
  replicas; resources
*/}}
{{- define "foureyes.pod" -}}
{{- $values := .root.Values }}
{{- $hasFiles := or $values.policy $values.alerts $values.files -}}
metadata:
  labels: {{- include "foureyes.labels" (dict "root" .root "name" .name) | nindent 4 }}
  annotations:
    # What foureyes reads at its start: another text is another pod.
    checksum/files: {{ printf "%s%s%s" $values.policy $values.alerts (toJson $values.files) | sha256sum }}
spec:
  serviceAccountName: {{ include "foureyes.name" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 60
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.scheduling.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.scheduling.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.scheduling.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.scheduling.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if gt (int .replicas) 1 }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "foureyes.selector" (dict "root" .root "name" .name) | nindent 10 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    # Always would give the group a right to the signing key, which foureyes then refuses.
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: foureyes
      image: {{ printf "%s:%s" $values.image.repository ($values.image.tag | default .root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      {{- if or .settings .secretFiles }}
      env:
        {{- range $setting, $text := .settings }}
        - {name: {{ $setting }}, value: {{ $text | quote }}}
        {{- end }}
        {{- range $setting, $key := .secretFiles }}
        - {name: {{ $setting }}_FILE, value: {{ printf "/run/secrets/foureyes/%s" $key | quote }}}
        {{- end }}
      {{- end }}
      ports:
        {{- range $port, $number := .ports }}
        - {name: {{ $port }}, containerPort: {{ $number }}}
        {{- end }}
      startupProbe:
        httpGet: {path: {{ .alive }}, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: {{ .alive }}, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: {{ .ready }}, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      securityContext:
        readOnlyRootFilesystem: true
        allowPrivilegeEscalation: false
        capabilities: {drop: [ALL]}
      resources: {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: data, mountPath: /data}
        {{- if $hasFiles }}
        - {name: files, mountPath: /etc/foureyes, readOnly: true}
        {{- end }}
        {{- if .secretFiles }}
        - {name: secrets, mountPath: /run/secrets/foureyes, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 1Gi}
    {{- if not .isKept }}
    - name: data
      emptyDir: {sizeLimit: 1Gi}
    {{- end }}
    {{- if $hasFiles }}
    - name: files
      configMap: {name: {{ include "foureyes.name" .root }}}
    {{- end }}
    {{- if .secretFiles }}
    - name: secrets
      secret:
        secretName: {{ $values.secret.name }}
        defaultMode: 0440
        items:
          {{- range $key := values .secretFiles | uniq | sortAlpha }}
          - {key: {{ $key }}, path: {{ $key }}}
          {{- end }}
    {{- end }}
{{- end }}

{{/* The volume claim of a workload whose /data is kept. Takes its `storage`. */}}
{{- define "foureyes.claim" -}}
- metadata: {name: data}
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .class }}
    storageClassName: {{ . }}
    {{- end }}
    resources: {requests: {storage: {{ .size }}}}
{{- end }}
