//! What is done at the place that a path names: one function per verb.
//!
//! **Start at** [`Front::resource`].

use super::{Front, path::Place};
use crate::{
    api::{Call, subject},
    list::ListOptions,
    registry::{delete::warn_of_pods, patch::Patch, update::Target},
    reply::{Reply, json},
    request::{Form, Incoming},
    review, show,
    status_error::ApiError,
    table,
    watch::{self, WatchOptions, Watched},
};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use std::sync::Arc;

const PATCH_TYPES: &str = "application/json-patch+json, application/merge-patch+json, \
                           application/strategic-merge-patch+json, application/apply-patch+yaml";

const FORMS: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const CUSTOM_PATCH_TYPES: &str =
    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

impl Front {
    /// Answers a request for objects.
    pub(super) fn resource(&self, request: &Incoming, segments: &[&str]) -> Result<Reply, ApiError> {
        let place = Place::find(&self.api.catalog(), segments)?;
        let reply = self.at(&place, request);
        match place.resource.deprecation() {
            None => reply,
            Some(warning) => {
                let mut reply = reply.unwrap_or_else(|error| Reply::refusal(&error));
                reply.warnings.insert(0, warning.to_owned());
                Ok(reply)
            }
        }
    }

    fn at(&self, place: &Place, request: &Incoming) -> Result<Reply, ApiError> {
        if let Some(reply) = review::answer(&place.resource, request, &self.api.store) {
            return reply;
        }
        let verb = verb(request, place)?;
        let served = match &place.subresource {
            Some(name) => place
                .resource
                .subresource(name)
                .is_some_and(|sub| sub.verbs.contains(&verb)),
            None => place.resource.verbs.contains(&verb),
        };
        if !served {
            return Err(ApiError::method_not_allowed());
        }
        if let Some(name) = &place.subresource
            && name != "status"
        {
            return self.subresource(request, place, verb, name);
        }
        match verb {
            "get" => self.get(request, place),
            "list" => self.list(request, place),
            "watch" => self.watch(request, place),
            "create" => self.create(request, place),
            "update" => self.update(request, place),
            "patch" => self.patch(request, place),
            "delete" => self.delete(request, place),
            _ => self.delete_collection(request, place),
        }
    }

    fn get(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let target = place.target()?;
        let object = self.api.get(target.resource, target.namespace, target.name)?;
        Ok(Reply::json(show::object(&place.resource, &object, form)))
    }

    fn list(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let options = ListOptions::read(&request.query, &place.resource)?;
        let page = self
            .api
            .list(&place.resource, place.namespace.as_deref(), &options)?;
        Ok(Reply::json(show::list(&place.resource, &page, form)))
    }

    fn watch(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let mut query = request.query.clone();
        if let Some(name) = &place.name {
            query.add("fieldSelector", &format!("metadata.name={name}"));
        }
        let options = WatchOptions::read(&query, &place.resource)?;
        let watched = Watched {
            resource: place.resource.clone(),
            namespace: place.namespace.clone(),
            form,
        };
        Ok(Reply::stream(watch::serve(
            self.api.clone(),
            watched,
            options,
            self.stopping.clone(),
        )))
    }

    fn create(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let mut call = request.call()?;
        let object = place.object(request)?;
        let namespace = place.namespace.as_deref().unwrap_or_default();
        if place.resource.namespaced && namespace.is_empty() {
            return Err(ApiError::method_not_allowed());
        }
        let object = self.api.create(&place.resource, namespace, object, &mut call);
        let object = object.map_err(|error| error.with_warnings(&call.warnings))?;
        let reply = Reply::json(show::object(&place.resource, &object, form));
        Ok(reply
            .with_status(StatusCode::CREATED)
            .with_warnings(call.warnings))
    }

    fn update(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let mut call = place.call(request)?;
        let updated = self
            .api
            .update(place.target()?, place.object(request)?, &mut call);
        let (object, new) = updated.map_err(|error| error.with_warnings(&call.warnings))?;
        let reply = Reply::json(show::object(&place.resource, &object, form)).with_warnings(call.warnings);
        Ok(if new {
            reply.with_status(StatusCode::CREATED)
        } else {
            reply
        })
    }

    fn patch(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let patch = patch(request, place)?;
        let mut call = place.call(request)?;
        if let Patch::Apply(_) = patch {
            call.manager = request.query.get("fieldManager").unwrap_or_default().to_owned();
        }
        let patched = self.api.patch(place.target()?, patch, &mut call);
        let (object, new) = patched.map_err(|error| error.with_warnings(&call.warnings))?;
        let reply = Reply::json(show::object(&place.resource, &object, form)).with_warnings(call.warnings);
        Ok(if new {
            reply.with_status(StatusCode::CREATED)
        } else {
            reply
        })
    }

    fn delete(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let form = place.form(request)?;
        let mut call = request.call()?;
        let options = request.delete_options(&mut call)?;
        warn_of_pods(&place.resource, &options, &mut call);
        let answer = self.api.delete(place.target()?, &options, &mut call);
        let answer = answer.map_err(|error| error.with_warnings(&call.warnings))?;
        Ok(Reply::json(show::object(&place.resource, &answer, form)).with_warnings(call.warnings))
    }

    fn delete_collection(&self, request: &Incoming, place: &Place) -> Result<Reply, ApiError> {
        let mut call = request.call()?;
        let selection = ListOptions::read(&request.query, &place.resource)?;
        let options = request.delete_options(&mut call)?;
        warn_of_pods(&place.resource, &options, &mut call);
        let page = self
            .api
            .list(&place.resource, place.namespace.as_deref(), &selection)?;
        for object in &page.items {
            let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
            let (namespace, name) = (text("namespace"), text("name"));
            match self.api.delete(
                Target::new(&place.resource, &namespace, &name),
                &options,
                &mut call,
            ) {
                // Someone else was faster.
                Err(error) if error.is_not_found() => {}
                other => drop(other?),
            }
        }
        Ok(Reply::json(show::list(&place.resource, &page, Form::Object)).with_warnings(call.warnings))
    }

    fn subresource(
        &self,
        request: &Incoming,
        place: &Place,
        verb: &str,
        name: &str,
    ) -> Result<Reply, ApiError> {
        let mut call = request.call()?;
        let target = place.target()?;
        let reply = match (name, verb) {
            ("scale", _) => {
                let form = request.form()?;
                let scale = match verb {
                    "get" => self.api.scale(target)?,
                    "update" => self.api.set_scale(target, &request.value()?, &mut call)?,
                    _ => self.api.patch_scale(target, patch(request, place)?, &mut call)?,
                };
                match form {
                    Form::Table | Form::FullTable => json(&table::of_scale(&scale)),
                    Form::Metadata => json(&show::partial(&scale, true)),
                    Form::Object => json(&scale),
                }
            }
            ("log", _) => {
                let pod = self.api.get(target.resource, target.namespace, target.name)?;
                Reply::text(&log(&pod))
            }
            ("finalize", _) => {
                let object = self.api.finalize(target, &request.value()?, &mut call)?;
                Reply::json(object.to_string())
            }
            ("eviction", _) => {
                let mut options = crate::registry::delete::DeleteOptions::default();
                options.read(&request.value()?["deleteOptions"]);
                self.api.delete(target, &options, &mut call)?;
                json(&done()).with_status(StatusCode::CREATED)
            }
            ("binding", _) => {
                self.api.bind(target, &request.value()?, &mut call)?;
                json(&done()).with_status(StatusCode::CREATED)
            }
            ("token", _) => {
                let account = self.api.get(target.resource, target.namespace, target.name)?;
                json(&review::token(&account, request.value()?)).with_status(StatusCode::CREATED)
            }
            ("resize" | "ephemeralcontainers" | "approval", "get") => return self.get(request, place),
            ("resize" | "ephemeralcontainers" | "approval", "update") => return self.update(request, place),
            ("resize" | "ephemeralcontainers" | "approval", "patch") => return self.patch(request, place),
            _ => return Err(ApiError::method_not_allowed()),
        };
        Ok(reply.with_warnings(call.warnings))
    }
}

impl Place {
    /// What the write carries beside the object.
    fn call(&self, request: &Incoming) -> Result<Call, ApiError> {
        let mut call = request.call()?;
        if self.subresource.as_deref() == Some("resize") {
            call.subresource = "resize";
        }
        Ok(call)
    }

    /// The body, as an object of the type that the path names.
    fn object(&self, request: &Incoming) -> Result<Value, ApiError> {
        request.object(&self.resource.kind, self.resource.custom.is_none())
    }

    /// The form that is asked for; those who cannot be served are told in other words by each half of the server.
    fn form(&self, request: &Incoming) -> Result<Form, ApiError> {
        request.form().map_err(|error| match self.resource.custom {
            Some(_) => ApiError::not_accepted(FORMS),
            None => error,
        })
    }

    /// The object that the path names.
    fn target(&self) -> Result<Target<'_>, ApiError> {
        let name = self.name.as_deref().ok_or_else(ApiError::method_not_allowed)?;
        let target = Target::new(
            &self.resource,
            self.namespace.as_deref().unwrap_or_default(),
            name,
        );
        Ok(if self.subresource.as_deref() == Some("status") {
            target.status()
        } else {
            target
        })
    }
}

fn verb(request: &Incoming, place: &Place) -> Result<&'static str, ApiError> {
    let one = place.name.is_some();
    Ok(match request.method {
        Method::GET | Method::HEAD if place.subresource.is_some() => "get",
        Method::GET if request.query.flag("watch") => "watch",
        Method::GET | Method::HEAD => {
            if one {
                "get"
            } else {
                "list"
            }
        }
        Method::POST => {
            if one && place.subresource.is_none() && place.resource.custom.is_none() {
                return Err(ApiError::method_not_allowed());
            } else {
                "create"
            }
        }
        Method::PUT if !one && place.resource.custom.is_some() => {
            return Err(ApiError::bad_request("name must be provided"));
        }
        Method::PUT => "update",
        Method::PATCH => "patch",
        Method::DELETE => {
            if one {
                "delete"
            } else {
                "deletecollection"
            }
        }
        _ => return Err(ApiError::method_not_allowed()),
    })
}

fn patch(request: &Incoming, place: &Place) -> Result<Patch, ApiError> {
    let kind = request
        .header(header::CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let make = match kind {
        "application/json-patch+json" => Patch::Json,
        "application/merge-patch+json" => Patch::Merge,
        "application/strategic-merge-patch+json" if place.resource.custom.is_none() => Patch::Strategic,
        "application/apply-patch+yaml" => Patch::Apply,
        kind if place.resource.custom.is_none() && !PATCH_TYPES.split(", ").any(|known| known == kind) => {
            return Err(ApiError::unknown_media_type());
        }
        _ if place.resource.custom.is_some() => {
            return Err(ApiError::unsupported_media_type(CUSTOM_PATCH_TYPES));
        }
        _ => return Err(ApiError::unsupported_media_type(PATCH_TYPES)),
    };
    request.value().map(make)
}

fn log(pod: &Arc<Value>) -> String {
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    let state = pod["status"]["phase"].as_str().unwrap_or("Pending");
    format!("{name}: nothing runs here; the dev cluster only moves the pod to {state}\n")
}

fn done() -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })
}

impl crate::api::Api {
    /// Ends the deletion of a namespace, or not, by what is left of `spec.finalizers`.
    fn finalize(
        &self,
        target: Target<'_>,
        wished: &Value,
        call: &mut crate::api::Call,
    ) -> Result<Arc<Value>, ApiError> {
        let mut turn = self.store.write();
        let current = self.get(target.resource, target.namespace, target.name)?;
        let mut new = (*current).clone();
        new["spec"]["finalizers"] = wished["spec"]["finalizers"].clone();
        call.subresource = "finalize";
        self.finish_update(&mut turn, target, &current, new, call)
    }

    /// Puts a pod on a node.
    fn bind(&self, target: Target<'_>, binding: &Value, call: &mut crate::api::Call) -> Result<(), ApiError> {
        let mut turn = self.store.write();
        let current = self.get(target.resource, target.namespace, target.name)?;
        let node = &binding["target"]["name"];
        if let Some(taken) = current["spec"]["nodeName"]
            .as_str()
            .filter(|taken| !taken.is_empty())
        {
            let why = format!("pod {} is already assigned to node {taken:?}", target.name);
            return Err(ApiError::conflict(subject(target.resource, target.name), &why));
        }
        let mut new = (*current).clone();
        new["spec"]["nodeName"] = node.clone();
        self.finish_update(&mut turn, target, &current, new, call)
            .map(|_| ())
    }
}
