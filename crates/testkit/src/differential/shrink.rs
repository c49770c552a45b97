//! Makes a sequence that shows a difference as short as it can be.
//!
//! **Start at** [`shrink`].

use anyhow::Result;
use serde_json::Value;

use super::request::{Body, Request};

/// At most so many tries for one sequence.
const TRIES: usize = 120;

/// Leaves out requests, then parts of bodies and queries, as long as `shows` says that the difference is still there.
pub(super) fn shrink(
    mut requests: Vec<Request>,
    shows: &mut dyn FnMut(&[Request]) -> Result<bool>,
) -> Result<Vec<Request>> {
    let mut tries = 0;
    let mut at = requests.len().saturating_sub(1);
    // The last one is the one whose answers differ.
    while at > 0 && tries < TRIES {
        at -= 1;
        let mut fewer = requests.clone();
        fewer.remove(at);
        tries += 1;
        if shows(&fewer)? {
            requests = fewer;
        }
    }
    for at in 0..requests.len() {
        for smaller in smaller(&requests[at]) {
            if tries >= TRIES {
                return Ok(requests);
            }
            tries += 1;
            let mut tried = requests.clone();
            tried[at] = smaller(requests[at].clone());
            if tried[at] != requests[at] && shows(&tried)? {
                requests = tried;
            }
        }
    }
    Ok(requests)
}

type Change = Box<dyn Fn(Request) -> Request>;

/// Ways to leave out something of a request.
fn smaller(request: &Request) -> Vec<Change> {
    let mut ways: Vec<Change> = Vec::new();
    for (name, _) in &request.query {
        let name = *name;
        ways.push(Box::new(move |mut request| {
            request.query.retain(|(present, _)| *present != name);
            request
        }));
    }
    let mut places = Vec::new();
    if let Body::Json(body) = &request.body {
        walk(body, String::new(), 0, &mut places);
    }
    for place in places {
        ways.push(Box::new(move |mut request| {
            if let Body::Json(body) = &mut request.body {
                let (parent, key) = place.rsplit_once('/').unwrap_or(("", &place));
                match body.pointer_mut(parent) {
                    Some(Value::Object(map)) => drop(map.remove(&key.replace("~1", "/").replace("~0", "~"))),
                    Some(Value::Array(list)) => {
                        if let Some(at) = key.parse().ok().filter(|at| *at < list.len()) {
                            list.remove(at);
                        }
                    }
                    _ => {}
                }
            }
            request
        }));
    }
    ways
}

/// Places that can be left out: outer ones first, items of lists from the end.
fn walk(value: &Value, path: String, depth: usize, places: &mut Vec<String>) {
    if depth > 0 {
        places.push(path.clone());
    }
    if depth == 7 {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if depth > 0 || !["apiVersion", "kind"].contains(&key.as_str()) {
                    walk(
                        value,
                        format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")),
                        depth + 1,
                        places,
                    );
                }
            }
        }
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate().rev() {
                walk(value, format!("{path}/{at}"), depth + 1, places);
            }
        }
        _ => {}
    }
}
