//! Who asks, and what they may see and do: every request but those to sign in goes through [`enter`].
//!
//! Whoever is let in becomes the [`Visitor`] of the request. What is shown and done reads it from there
//! ([`Site::units`], [`Site::token`], [`Site::asker`]), so that a page need not hand it through.
//!
//! **Invariant:** without a visitor nothing is seen and nothing can be done. The cluster alone says what somebody may;
//! its answers are kept for seconds. **Absent:** how people prove who they are ([`crate::sign_in`]).

mod keys;
mod rights;
mod session;
mod throttle;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use plumb_cluster::{Access, Cluster, ClusterError, Person};
use plumb_model::UnitId;
use plumb_pipeline::UnitView;

use crate::{
    fault::Fault,
    outside::Outside,
    sign_in::{self, SignIn},
    site::Site,
    target::segment,
};

pub(crate) use keys::{Keys, random, unmasked};
pub(crate) use rights::{Rights, Sight};
pub use session::SessionLength;
pub(crate) use session::{Session, Sessions};
pub(crate) use throttle::{Slow, Throttle};

#[cfg(test)]
mod tests;

tokio::task_local! {
    /// Who the request that is being answered comes from.
    static VISITOR: Arc<Visitor>;
}

/// What the gate keeps.
pub(crate) struct Gate {
    /// How people sign in.
    pub(crate) sign_in: SignIn,
    /// What cookies and forms are signed with.
    pub(crate) keys: Keys,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// What the cluster said of people's rights lately.
    pub(crate) rights: Rights,
    /// Holds up who guesses, and who asks too much.
    pub(crate) throttle: Throttle,
}

/// Who a request comes from.
pub(crate) struct Visitor {
    who: Who,
    /// What forms of theirs carry; empty in what several share.
    token: String,
    sight: Arc<Sight>,
    session: Option<Arc<Session>>,
}

/// Who somebody is.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    /// Whoever runs this program: nobody else can reach the page, so nobody is asked about rights.
    Owner,
    /// Somebody whom the cluster knows.
    Person(Arc<Person>),
}

/// What became of a visitor, when looked at again.
pub(crate) enum Still {
    /// They see this now.
    Sees(Arc<Sight>),
    /// Their session has ended.
    Gone,
    /// The cluster does not say.
    Unclear,
}

/// Why somebody is not let in.
#[derive(Debug)]
pub(crate) enum Turned {
    /// They have not signed in, or not lately.
    Unknown,
    /// They asked too often.
    Slow(Slow),
    /// What they say of themselves is wrong.
    Wrong(String),
    /// The cluster cannot be asked about them.
    Cluster(ClusterError),
}

/// Lets a request in, or sends it to the sign-in page.
pub(crate) async fn enter(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let peer = peer(&request);
    let visitor = match admit(&site, peer, request.headers(), request.method()).await {
        Ok(visitor) => Arc::new(visitor),
        Err(why) => return turned(&site, &request, why),
    };
    if let Err(slow) = site.gate.throttle.asks(&visitor.name(), request.method()) {
        return turned(&site, &request, Turned::Slow(slow));
    }
    let changes = request.method() != Method::GET;
    request.extensions_mut().insert(visitor.clone());
    let response = VISITOR.scope(visitor.clone(), next.run(request)).await;
    if let (true, Who::Person(person), true) = (changes, &visitor.who, response.status().is_client_error()) {
        // What was remembered of their rights may be why it went wrong.
        site.gate.rights.forget(person);
    }
    response
}

/// Who the request that is being answered comes from; `None` outside of requests.
pub(crate) fn visitor() -> Option<Arc<Visitor>> {
    VISITOR.try_with(Arc::clone).ok()
}

/// Which units whoever asks sees in lists; none outside of requests.
pub(crate) fn sight() -> Arc<Sight> {
    visitor().map_or_else(Arc::default, |visitor| visitor.sight.clone())
}

/// A fault unless the cluster lets whoever asks do something to objects of it.
pub(crate) async fn demand(site: &Site, access: Access) -> Result<(), Fault> {
    let visitor = visitor().ok_or_else(|| Fault::unknown("Sign in."))?;
    let (group, plural) = &access.resource;
    let mut what = match access.subresource {
        Some(part) => format!("{plural}/{part}"),
        None => plural.clone(),
    };
    if !group.is_empty() {
        what = format!("{what}.{group}");
    }
    if let Some(namespace) = &access.namespace {
        what = format!("{what} in {namespace}");
    }
    let verb = access.verb;
    if visitor.may_access(site, access).await? {
        Ok(())
    } else {
        Err(Fault::forbidden(verb, &what))
    }
}

/// Does something as if `visitor` had asked for it.
pub(crate) fn with_visitor<T>(visitor: Arc<Visitor>, act: impl FnOnce() -> T) -> T {
    VISITOR.sync_scope(visitor, act)
}

/// Who is signed in, with the way out, for the top of a page.
pub(crate) fn badge() -> Markup {
    let person = visitor().and_then(|visitor| match &visitor.who {
        Who::Person(person) => Some((
            person.name.clone(),
            keys::masked(&visitor.token),
            visitor.session.is_some(),
        )),
        Who::Owner => None,
    });
    html! {
        @if let Some((name, token, ends)) = person {
            form.me method="post" action="/sign-out" {
                span { span.away { "Signed in as " } (Outside(name)) }
                @if ends {
                    input type="hidden" name="token" value=(token);
                    button #sign-out type="submit" { "Sign out" }
                }
            }
        }
    }
}

/// The address that a request came from.
pub(crate) fn peer(request: &Request) -> Option<SocketAddr> {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map(|ConnectInfo(peer)| *peer)
}

async fn admit(
    site: &Arc<Site>,
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    method: &Method,
) -> Result<Visitor, Turned> {
    let gate = &site.gate;
    if let SignIn::None = gate.sign_in {
        return Ok(Visitor::owner(gate.keys.form("owner")));
    }
    if let SignIn::Header(proxy) = &gate.sign_in {
        let person = Arc::new(proxy.person(peer, headers)?);
        let token = gate.keys.form(&format!("header {}", person.name));
        return Visitor::person(site, person, token, None).await;
    }
    if let Some(session) = gate.sessions.of(&gate.keys, headers) {
        session.touch();
        let token = gate.keys.form(session.id());
        return match session.who() {
            Who::Owner => Ok(Visitor {
                session: Some(session),
                ..Visitor::owner(token)
            }),
            Who::Person(_) => {
                let person = sign_in::token::still_theirs(site, &session).await?;
                Visitor::person(site, person, token, Some(session)).await
            }
        };
    }
    match sign_in::bearer(headers) {
        Some(bearer) if method == Method::GET => sign_in::by_bearer(site, peer, bearer).await,
        _ => Err(Turned::Unknown),
    }
}

/// What somebody gets who is not let in.
fn turned(site: &Site, request: &Request, why: Turned) -> Response {
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let for_programs = request.uri().path().starts_with("/api/");
    let is_page = !for_programs && request.uri().path() != "/events";
    let fault = match why {
        Turned::Unknown if is_page && request.method() == Method::GET && site.gate.has_door() => {
            return Redirect::to(&format!("/sign-in?back={}", segment(path))).into_response();
        }
        Turned::Unknown => Fault::unknown(site.gate.sign_in.how()),
        Turned::Slow(slow) => return slow.answer(for_programs),
        Turned::Wrong(why) => Fault::refused(why, "Ask whoever runs the proxy in front of Plumb."),
        Turned::Cluster(error) => Fault::from(error),
    };
    if is_page {
        fault.into_response()
    } else {
        fault.json()
    }
}

impl Gate {
    /// Whether there is a page to sign in at.
    fn has_door(&self) -> bool {
        !matches!(self.sign_in, SignIn::None | SignIn::Header(_))
    }
}

impl Visitor {
    /// Whoever runs this program.
    pub(crate) fn owner(token: String) -> Self {
        Self {
            who: Who::Owner,
            token,
            sight: Arc::new(Sight::everything()),
            session: None,
        }
    }

    /// Somebody whom the cluster knows.
    pub(crate) async fn person(
        site: &Site,
        person: Arc<Person>,
        token: String,
        session: Option<Arc<Session>>,
    ) -> Result<Self, Turned> {
        let sight = site
            .gate
            .rights
            .sight(site, &person)
            .await
            .map_err(Turned::Cluster)?;
        Ok(Self {
            who: Who::Person(person),
            token,
            sight,
            session,
        })
    }

    /// One of many who see the same: what is made for them can be shared, since it carries no one's token.
    pub(crate) fn one_of_many(sight: Arc<Sight>) -> Self {
        Self {
            who: Who::Owner,
            token: String::new(),
            sight,
            session: None,
        }
    }

    /// What they see.
    pub(crate) fn sight(&self) -> &Arc<Sight> {
        &self.sight
    }

    /// What their forms carry.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Who they are, as what they do is recorded.
    pub(crate) fn name(&self) -> String {
        match &self.who {
            Who::Owner => String::new(),
            Who::Person(person) => person.name.clone(),
        }
    }

    /// Their session, where they have one.
    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
    }

    /// Whether the cluster lets them do `verb` to one unit.
    pub(crate) async fn may(&self, site: &Site, verb: &'static str, unit: &UnitId) -> Result<bool, Fault> {
        let Who::Person(person) = &self.who else {
            return Ok(true);
        };
        Ok(site.gate.rights.unit(site, person, verb, unit).await?)
    }

    /// Whether the cluster lets them do something to anything.
    pub(crate) async fn may_access(&self, site: &Site, access: Access) -> Result<bool, Fault> {
        let Who::Person(person) = &self.who else {
            return Ok(true);
        };
        Ok(site.gate.rights.ask(site, person, access).await?)
    }

    /// Looks at them again: whether they are still signed in, and what they see now.
    pub(crate) async fn still(&self, site: &Site) -> Still {
        if self.session.as_ref().is_some_and(|session| session.is_over()) {
            return Still::Gone;
        }
        let Who::Person(person) = &self.who else {
            return Still::Sees(self.sight.clone());
        };
        let person = match &self.session {
            None => person.clone(),
            Some(session) => match sign_in::token::still_theirs(site, session).await {
                Ok(person) => person,
                Err(Turned::Cluster(_)) => return Still::Unclear,
                Err(_) => return Still::Gone,
            },
        };
        match site.gate.rights.sight(site, &person).await {
            Ok(sight) => Still::Sees(sight),
            Err(_) => Still::Unclear,
        }
    }
}

impl Site {
    /// The units that the visitor may see.
    pub(crate) fn units(&self) -> Vec<(UnitId, Arc<UnitView>)> {
        let Some(visitor) = visitor() else {
            return Vec::new();
        };
        let mut units = self.line.board.units();
        units.retain(|(id, _)| visitor.sight.sees(id));
        units
    }

    /// What the visitor's forms carry.
    pub(crate) fn token(&self) -> String {
        visitor().map_or_else(String::new, |visitor| keys::masked(&visitor.token))
    }

    /// Who the visitor is, as what they do is recorded.
    pub(crate) fn actor(&self) -> String {
        match visitor().map(|visitor| visitor.who.clone()) {
            Some(Who::Person(person)) => person.name.clone(),
            _ => self.actor.clone(),
        }
    }

    /// The cluster, in which what the visitor asks for is written by their own rights.
    pub(crate) fn asker(&self) -> Result<Cluster, Fault> {
        let own = self.line.own();
        match visitor().map(|visitor| visitor.who.clone()) {
            Some(Who::Person(person)) => Ok(own.on_behalf_of(&person)?),
            Some(Who::Owner) => Ok(own.clone()),
            None => Err(Fault::unknown("Sign in.")),
        }
    }
}

impl Slow {
    /// What somebody gets who asks too often.
    pub(crate) fn answer(self, for_programs: bool) -> Response {
        let fault = Fault::too_many(self.seconds());
        let mut response = if for_programs {
            fault.json()
        } else {
            fault.into_response()
        };
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, self.seconds().into());
        debug_assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        response
    }
}
