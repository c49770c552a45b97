//! Signing in with a token that the cluster accepts.
//!
//! **Invariant:** a session goes on only while the cluster accepts its token: it is asked again every [`AGAIN`].

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{http::StatusCode, response::Response};
use plumb_cluster::{ClusterError, Person};

use super::{Token, begin, page};
use crate::{
    gate::{Session, Turned, Who},
    site::Site,
};

/// How long the cluster's word on a token is believed.
const AGAIN: Duration = Duration::from_secs(10);
/// No token is longer.
const LONGEST: usize = 16 << 10;

/// Whose token it is; `None` where the cluster does not accept it.
pub(crate) async fn whose(site: &Site, token: &Token) -> Result<Option<Arc<Person>>, ClusterError> {
    let text = token.reveal();
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(|it| it.is_ascii_graphic()) {
        return Ok(None);
    }
    Ok(site.line.own().whose_token(text).await?.map(Arc::new))
}

/// Begins a session for the owner of a token.
pub(super) async fn sign_in(site: &Arc<Site>, peer: SocketAddr, token: Token, back: &str) -> Response {
    match whose(site, &token).await {
        Ok(Some(person)) => {
            tracing::info!(person = %person.name, from = %peer.ip(), "somebody signed in");
            begin(site, Who::Person(person), Some(token), back)
        }
        Ok(None) => {
            site.gate.throttle.failed(Some(peer.ip()));
            tracing::warn!(from = %peer.ip(), "a token was not accepted");
            let why = "The cluster does not accept this token: it is mistyped, of another cluster, or its time is over.";
            page(site, StatusCode::UNAUTHORIZED, back, Some(why))
        }
        Err(error) => {
            let why = format!("The token cannot be checked: {error}.");
            page(site, StatusCode::BAD_GATEWAY, back, Some(&why))
        }
    }
}

/// The person of a session, whose token is looked at again where that was long ago.
pub(crate) async fn still_theirs(site: &Site, session: &Arc<Session>) -> Result<Arc<Person>, Turned> {
    let Who::Person(person) = session.who() else {
        return Err(Turned::Unknown);
    };
    let Some((token, ago)) = session.token() else {
        return Ok(person);
    };
    if ago < AGAIN {
        return Ok(person);
    }
    match whose(site, &token).await {
        Ok(Some(now)) if now.name == person.name => {
            session.checked(now.clone());
            Ok(now)
        }
        Ok(_) => {
            session.end();
            Err(Turned::Unknown)
        }
        Err(error) => Err(Turned::Cluster(error)),
    }
}
