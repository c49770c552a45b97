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
        deployment(&mut text, number);
        service(&mut text, number);
        config(&mut text, number);
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

fn deployment(text: &mut String, number: usize) {
    let _ = write!(
        text,
        r#"# The part of the shop that answers requests number {number}.
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
          emptyDir: {{}}
---
"#,
        team = number % 17,
        replicas = number % 5 + 1,
    );
}

fn service(text: &mut String, number: usize) {
    let _ = write!(
        text,
        r"apiVersion: v1
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
",
        team = number % 17,
    );
}

fn config(text: &mut String, number: usize) {
    let _ = write!(
        text,
        r#"apiVersion: v1
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
      pool: {pool}
      timeout: 30s
    features:
      - search
      - recommendations
---
"#,
        team = number % 17,
        pool = number % 40,
    );
}

/// A schema of a map, indented by `indent`, with maps in it down to `depth`.
fn schema(text: &mut String, indent: usize, number: usize, depth: usize) {
    let pad = " ".repeat(indent);
    let _ = writeln!(text, "{pad}properties:");
    for field in 0..6 {
        let word = WORDS[(field * 5 + depth * 3 + number) % WORDS.len()];
        let _ = writeln!(text, "{pad}  {word}{field}:");
        match field {
            0 => {
                let _ = write!(
                    text,
                    "{pad}    description: |-\n{pad}      {word} says how the controller treats the object's {word}.\n\
                     {pad}      It defaults to the value of the class, and cannot be changed later.\n\n{pad}      More \
                     info: https://example.com/docs/{word}#{depth}\n{pad}    type: string\n"
                );
            }
            1 => {
                let _ = write!(
                    text,
                    "{pad}    description: The number of seconds, counted from the beginning, after\n{pad}      which \
                     the {word} is given up and begun anew by the controller.\n{pad}    format: int64\n{pad}    \
                     minimum: 1\n{pad}    type: integer\n"
                );
            }
            2 => {
                let _ = write!(
                    text,
                    "{pad}    description: 'Which of these it is: a list of {word}s.'\n{pad}    items:\n{pad}      enum:\n\
                     {pad}      - Always\n{pad}      - IfNotPresent\n{pad}      - \"Never\"\n{pad}      type: string\n\
                     {pad}    type: array\n{pad}    x-kubernetes-list-type: set\n"
                );
            }
            3 => {
                let _ = write!(
                    text,
                    "{pad}    anyOf:\n{pad}    - type: integer\n{pad}    - type: string\n{pad}    pattern: \
                     ^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))$\n{pad}    x-kubernetes-int-or-string: true\n"
                );
            }
            _ if depth > 0 => schema(text, indent + 4, number + field, depth - 1),
            _ => {
                let _ = write!(
                    text,
                    "{pad}    additionalProperties:\n{pad}      type: string\n{pad}    type: object\n"
                );
            }
        }
    }
    let _ = write!(
        text,
        "{pad}required:\n{pad}- {}0\n{pad}type: object\n",
        WORDS[(depth * 3 + number) % WORDS.len()]
    );
}

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
