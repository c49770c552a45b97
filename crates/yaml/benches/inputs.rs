//! Texts to measure with, made here so that every machine measures the same.
//!
//! **Invariant:** the same size gives the same text.
//! **Start at** [`workloads`] and [`definitions`].

use std::fmt::Write;

/// Deployments, Services and ConfigMaps of at least `size` bytes.
pub(crate) fn workloads(size: usize) -> String {
    let mut text = String::with_capacity(size + 8192);
    let mut number = 0;
    while text.len() < size {
        for template in [DEPLOYMENT, SERVICE, CONFIG] {
            text.push_str(&filled(template, number));
        }
        number += 1;
    }
    text
}

/// CustomResourceDefinitions with deep schemas, of at least `size` bytes.
pub(crate) fn definitions(size: usize) -> String {
    let mut text = String::with_capacity(size + 65536);
    let mut number = 0;
    while text.len() < size {
        let _ = write!(
            text,
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  annotations:\n    \
             controller-gen.kubebuilder.io/version: v0.16.1\n  name: widgets{number}.example.com\nspec:\n  group: \
             example.com\n  names:\n    kind: Widget{number}\n    listKind: Widget{number}List\n    plural: \
             widgets{number}\n    singular: widget{number}\n  scope: Namespaced\n  versions:\n  - name: v1alpha1\n    \
             schema:\n      openAPIV3Schema:\n        description: Widget is the Schema for the widgets API\n"
        );
        schema(&mut text, 8, number, 5);
        text.push_str("    served: true\n    storage: true\n    subresources:\n      status: {}\n");
        number += 1;
    }
    text
}

/// A template with its numbers put in.
fn filled(template: &str, number: usize) -> String {
    template
        .replace("{number}", &number.to_string())
        .replace("{team}", &(number % 17).to_string())
        .replace("{replicas}", &(number % 5 + 1).to_string())
}

/// A schema of a map, indented by `indent`, with maps in it down to `depth`.
fn schema(text: &mut String, indent: usize, number: usize, depth: usize) {
    let pad = " ".repeat(indent);
    let _ = writeln!(text, "{pad}properties:");
    for field in 0..6 {
        let word = WORDS[(field * 5 + depth * 3 + number) % WORDS.len()];
        let _ = writeln!(text, "{pad}  {word}{field}:");
        match FIELDS.get(field) {
            Some(template) => {
                for line in template.lines() {
                    let _ = writeln!(text, "{pad}    {}", line.replace("{word}", word));
                }
            }
            None if depth > 0 => schema(text, indent + 4, number + field, depth - 1),
            None => {
                let _ = write!(
                    text,
                    "{pad}    additionalProperties:\n{pad}      type: string\n{pad}    type: object\n"
                );
            }
        }
    }
    let word = WORDS[(depth * 3 + number) % WORDS.len()];
    let _ = write!(text, "{pad}required:\n{pad}- {word}0\n{pad}type: object\n");
}

/// What schemas of fields that are no maps look like.
const FIELDS: [&str; 4] = [
    "description: |-
  {word} says how the controller treats the object's {word}.
  It defaults to the value of the class, and cannot be changed later.

  More info: https://example.com/docs/{word}
type: string",
    "description: The number of seconds, counted from the beginning, after
  which the {word} is given up and begun anew by the controller.
format: int64
minimum: 1
type: integer",
    "description: 'Which of these it is: a list of {word}s.'
items:
  enum:
  - Always
  - IfNotPresent
  - \"Never\"
  type: string
type: array
x-kubernetes-list-type: set",
    r"anyOf:
- type: integer
- type: string
pattern: ^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))$
x-kubernetes-int-or-string: true",
];

const WORDS: [&str; 12] = [
    "template",
    "affinity",
    "terminationGracePeriod",
    "selector",
    "podDisruptionBudget",
    "storage",
    "resources",
    "topologySpreadConstraint",
    "ref",
    "retention",
    "secretName",
    "tolerationSeconds",
];

const DEPLOYMENT: &str = r#"# The part of the shop that answers requests number {number}.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop-{number}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop-{number}
    app.kubernetes.io/managed-by: plumb
spec:
  replicas: {replicas}
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app.kubernetes.io/name: shop
      app.kubernetes.io/instance: shop-{number}
  template:
    metadata:
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: '9090'
      labels:
        app.kubernetes.io/name: shop
        app.kubernetes.io/instance: shop-{number}
    spec:
      serviceAccountName: shop-{number}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: server
          image: registry.example.com/shop/server:v1.{number}.3
          imagePullPolicy: IfNotPresent
          args: ["--listen=:8080", "--metrics=:9090"]
          command:
            - /usr/bin/server
            - --config=/etc/shop/config.yaml
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
            - name: metrics
              containerPort: 9090
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: shop-{number}-database
                  key: url
            - name: LOG_LEVEL
              value: info
            - name: MAX_CONNECTIONS
              value: "250"
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 512Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 10
            periodSeconds: 15
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
          volumeMounts:
            - name: config
              mountPath: /etc/shop
              readOnly: true
            - name: scratch
              mountPath: /tmp
      volumes:
        - name: config
          configMap:
            name: shop-{number}-config
        - name: scratch
          emptyDir: {}
---
"#;

const SERVICE: &str = r"apiVersion: v1
kind: Service
metadata:
  name: shop-{number}
  namespace: team-{team}
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop-{number}
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop-{number}
  ports:
  - name: http
    port: 80
    targetPort: http
  - name: metrics
    port: 9090
    targetPort: metrics
---
";

const CONFIG: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-{number}-config
  namespace: team-{team}
data:
  currency: EUR
  checkout.enabled: "true"
  config.yaml: |
    # What the server reads at its start.
    listen: ":8080"
    database:
      pool: {replicas}0
      timeout: 30s
    features:
      - search
      - recommendations
---
"#;
