//! The description of the API, for programs and for people.

use axum::{Json, response::Response};

use super::{
    endpoint::{Content, Endpoint, Routes},
    openapi, page,
};

/// Of the description.
pub(super) fn routes() -> Routes {
    Routes::default()
        .add(
            Endpoint::get(
                "/openapi.json",
                "This description",
                Content::Other("application/json"),
            ),
            async || Json(openapi::document()),
        )
        .add(
            Endpoint::get(
                "/docs",
                "This description, to be read",
                Content::Other("text/html"),
            ),
            async || -> Response { page::file("docs.html") },
        )
}
