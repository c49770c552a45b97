//! Autoscalers.
//!
//! **Start at** [`autoscaler`].

use crate::status_error::FieldError;
use serde_json::Value;

const METRICS: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// Checks a HorizontalPodAutoscaler of version 2.
pub(super) fn autoscaler(autoscaler: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if autoscaler["apiVersion"] != "autoscaling/v2" {
        return errors;
    }
    let spec = &autoscaler["spec"];
    let least = spec["minReplicas"].as_i64();
    let most = spec["maxReplicas"].as_i64().unwrap_or(0);
    let shown = Value::from(most);
    if least.is_some_and(|least| least < 1) {
        let why = "must be greater than or equal to 1";
        errors.push(FieldError::invalid("spec.minReplicas", &spec["minReplicas"], why));
    }
    let field = "spec.maxReplicas";
    if most == 0 {
        errors.push(FieldError::required(field, "must be set and greater than 0"));
    } else if most < 0 {
        let why = "must be greater than or equal to 1";
        errors.push(FieldError::invalid(field, &shown, why));
    }
    if least.is_some_and(|least| most < least) {
        let why = "must be greater than or equal to `minReplicas`";
        errors.push(FieldError::invalid(field, &shown, why));
    }
    for name in ["kind", "name"] {
        if spec["scaleTargetRef"][name].as_str().is_none_or(str::is_empty) {
            errors.push(FieldError::required(format!("spec.scaleTargetRef.{name}"), ""));
        }
    }
    for (at, metric) in spec["metrics"].as_array().into_iter().flatten().enumerate() {
        self::metric(metric, &format!("spec.metrics[{at}]"), &mut errors);
    }
    errors
}

fn metric(metric: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let kind = Value::from(metric["type"].as_str().unwrap_or_default());
    let field = format!("{path}.type");
    let known: Vec<&str> = METRICS.iter().map(|(kind, _)| *kind).collect();
    let source = METRICS
        .iter()
        .find(|(name, _)| kind == *name)
        .map(|(_, field)| *field);
    if kind == "" {
        errors.push(FieldError::required(
            field.clone(),
            "must specify a metric source type",
        ));
    }
    if source.is_none() {
        errors.push(FieldError::not_supported(field.clone(), &kind, &known));
    }
    match source {
        // It is told twice there.
        None => errors.push(FieldError::not_supported(field, &kind, &known)),
        Some(source) if metric[source].is_null() => {
            let why = "must populate information for the given metric source";
            errors.push(FieldError::required(format!("{path}.{source}"), why));
        }
        Some(_) => {}
    }
    let given = METRICS.iter().filter(|(_, field)| !metric[*field].is_null());
    if given.clone().count() != 1 {
        for (_, field) in given.filter(|(_, field)| Some(*field) != source) {
            let why = "must populate the given metric source only";
            errors.push(FieldError::forbidden(format!("{path}.{field}"), why));
        }
    }
}
