//! Routes together with what the OpenAPI document says of them, so that neither lacks what the other has.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware::{Next, from_fn},
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, on},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{
    access::{Caller, Scope},
    error::Problem,
    state::Shared,
};

/// Makes a schema, with what it refers to among the generator's definitions.
pub(super) type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// A method of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Reads; also answers `HEAD`.
    Get,
    /// Makes or asks with a body.
    Post,
    /// Takes away.
    Delete,
}

impl Method {
    /// As an OpenAPI document spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Delete => "delete",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

/// What an endpoint gives or takes.
#[derive(Clone, Copy)]
pub(super) enum Content {
    /// Nothing.
    Empty,
    /// JSON of a schema.
    Json(MakeSchema),
    /// JSON of a schema, or a form with the same fields and a file `picture`.
    JsonOrForm(MakeSchema),
    /// Anything else, by its media type.
    Other(&'static str),
    /// One of these media types.
    OneOf(&'static [&'static str]),
    /// One of these media types, whole or by range.
    Ranged(&'static [&'static str]),
}

/// An endpoint as the document describes it.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) method: Method,
    /// With parameters in braces.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// What a caller must be allowed to.
    pub(super) scope: Scope,
    /// The type whose fields are the query's parameters.
    pub(super) parameters: Option<MakeSchema>,
    pub(super) body: Content,
    pub(super) answer: Content,
    /// The status of an answer that is no error.
    pub(super) status: u16,
    /// Whether it takes `If-Match`, and holds a change back where what is changed is no longer what was seen.
    pub(super) heeds_version: bool,
}

impl Endpoint {
    /// An endpoint that reads.
    pub(super) fn get(path: &'static str, summary: &'static str, answer: Content) -> Self {
        Self {
            method: Method::Get,
            path,
            summary,
            scope: Scope::Read,
            parameters: None,
            body: Content::Empty,
            answer,
            status: 200,
            heeds_version: false,
        }
    }

    /// An endpoint that takes a body.
    pub(super) fn post(
        path: &'static str,
        summary: &'static str,
        body: Content,
        answer: Content,
    ) -> Self {
        Self {
            method: Method::Post,
            body,
            ..Self::get(path, summary, answer)
        }
    }

    /// With `If-Match` among its headers.
    pub(super) fn if_match(mut self) -> Self {
        self.heeds_version = true;
        self
    }

    /// With parameters after the question mark.
    pub(super) fn parameters<T: JsonSchema>(mut self) -> Self {
        self.parameters = Some(SchemaGenerator::subschema_for::<T>);
        self
    }
}

/// The schema of a type.
pub(super) fn json<T: JsonSchema>() -> Content {
    Content::Json(SchemaGenerator::subschema_for::<T>)
}

/// A router and its description.
#[derive(Default)]
pub(super) struct Routes {
    pub(super) router: Router<Shared>,
    pub(super) endpoints: Vec<Endpoint>,
}

impl Routes {
    /// With an endpoint more, open to callers of its scope alone.
    pub(super) fn add<H, T>(mut self, endpoint: Endpoint, handler: H) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        let scope = endpoint.scope;
        let guard = from_fn(move |request: Request, next: Next| async move {
            let caller = request.extensions().get::<Caller>();
            let caller = caller.ok_or_else(Problem::broken);
            match caller.and_then(|caller| caller.require(scope)) {
                Ok(()) => next.run(request).await,
                Err(problem) => problem.into_response(),
            }
        });
        let route: MethodRouter<Shared> = on(endpoint.method.filter(), handler).route_layer(guard);
        self.router = self.router.route(endpoint.path, route);
        self.endpoints.push(endpoint);
        self
    }

    /// With all of another.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.endpoints.extend(other.endpoints);
        self
    }
}
