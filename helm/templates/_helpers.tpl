{{- define "entente.name" -}}
{{- if contains "entente" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-entente{{ end -}}
{{- end -}}

{{- define "entente.selector" -}}
app.kubernetes.io/name: entente
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "entente.labels" -}}
{{ include "entente.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "entente.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end -}}

{{- define "entente.several" -}}
{{- if or (gt (int .Values.replicas) 1) (and .Values.autoscaling.enabled (gt (int .Values.autoscaling.maxReplicas) 1)) }}yes{{ end -}}
{{- end -}}

{{- define "entente.configMap" -}}
{{- .Values.config.existingConfigMap | default (printf "%s-documents" (include "entente.name" .)) -}}
{{- end -}}

{{- define "entente.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "entente.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- /* What cannot work is said before anything is installed. */ -}}
{{- define "entente.check" -}}
{{- if and (include "entente.several" .) (not .Values.journal.url) }}
{{- fail "Several gateways share one journal: set journal.url to a PostgreSQL database, or replicas to 1 and autoscaling.enabled to false." }}
{{- end }}
{{- if and (not .Values.config.existingConfigMap) (not .Values.config.documents) }}
{{- fail "There are no documents: name a ConfigMap in config.existingConfigMap, or put them into config.documents." }}
{{- end }}
{{- if and .Values.config.existingConfigMap .Values.config.documents }}
{{- fail "The documents are either those of config.existingConfigMap or those in config.documents, not both." }}
{{- end }}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.sites) }}
{{- fail "With networkPolicy.enabled only the sites can be reached: list where they are in networkPolicy.sites, or set networkPolicy.enabled to false." }}
{{- end }}
{{- if and .Values.networkPolicy.enabled .Values.journal.url (not .Values.networkPolicy.journal) }}
{{- fail "With networkPolicy.enabled the journal's database must be let through: say where it is in networkPolicy.journal." }}
{{- end }}
{{- if and .Values.networkPolicy.enabled .Values.monitoring.serviceMonitor.enabled (not .Values.networkPolicy.operators) }}
{{- fail "Prometheus asks at the operators' port, where nobody is let in: say where it runs in networkPolicy.operators." }}
{{- end }}
{{- if and .Values.operators.tlsSecret .Values.monitoring.serviceMonitor.enabled (not .Values.monitoring.serviceMonitor.tlsConfig) }}
{{- fail "Prometheus must know the certificate of the operators' port: say how in monitoring.serviceMonitor.tlsConfig." }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- fail "An ingress needs hosts: list them in ingress.hosts." }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "An HTTPRoute needs a gateway to belong to: name it in httpRoute.parentRefs." }}
{{- end }}
{{- if and .Values.test.bucket .Values.s3.tlsSecret (not .Values.test.endpoint) }}
{{- fail "The test must ask for the name that the certificate is for: set test.endpoint, such as https://s3.alliance.example." }}
{{- end }}
{{- if and .Values.test.bucket (not .Values.test.credentialsSecret) }}
{{- fail "The test needs a principal's key pair: name the secret that has it in test.credentialsSecret." }}
{{- end }}
{{- end -}}

{{- define "entente.operatorsScheme" -}}
{{- if .Values.operators.tlsSecret }}, scheme: HTTPS{{ end -}}
{{- end -}}

{{- define "entente.java" -}}
-XX:MaxRAMPercentage={{ .Values.heapPercentage }} -XX:+ExitOnOutOfMemoryError
{{- end -}}
