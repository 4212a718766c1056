{{/* The Service and the disruption budget of one workload. Takes a dict of root, name, ports. */}}
{{- define "foureyes.neighbours" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "foureyes.name" .root }}-{{ .name }}
  labels: {{- include "foureyes.labels" . | nindent 4 }}
spec:
  selector: {{- include "foureyes.selector" . | nindent 4 }}
  ports:
    {{- range $port, $number := .ports }}
    - {name: {{ $port }}, port: {{ $number }}, targetPort: {{ $port }}}
    {{- end }}
---
# One at a time: a drained node never waits for ever, and never takes two of them.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "foureyes.name" .root }}-{{ .name }}
  labels: {{- include "foureyes.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "foureyes.selector" . | nindent 6 }}
{{- end }}
