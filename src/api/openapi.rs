//! The OpenAPI 3.1 document, made of what each resource says of itself.
//!
//! No crate makes it from these types: the one that reads axum's routes has its stable release on
//! another version of schemars than the rest of the program.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    access::Scope,
    endpoint::{Content, Endpoint},
    error::Problem,
    routes,
};

/// The document, as `schemas/openapi.json` holds it and `/openapi.json` answers it.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in &routes().endpoints {
        let operation = operation(endpoint, &mut generator);
        let methods = paths
            .entry(endpoint.path)
            .or_insert_with(|| Value::Object(Map::new()));
        methods[endpoint.method.name()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Reeldex",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Find moments in a media archive by describing them",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "Made by `reeldex token create`; not needed on the machine itself where no token was made" },
                "session": { "type": "apiKey", "in": "cookie", "name": "reeldex_token" },
            },
        },
        "security": [{}, { "token": [] }, { "session": [] }],
    })
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = in_path(endpoint.path)
        .map(|name| {
            let mut schema = json!({ "type": "string" });
            if name == "id" && endpoint.path.starts_with("/assets/") {
                schema["pattern"] = json!("^[0-9a-f]{64}$");
            }
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    if let Some(make) = endpoint.parameters {
        parameters.extend(in_query(make(generator).as_value(), generator));
    }
    if endpoint.heeds_version {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": true,
            "description": "The `ETag` that was seen: where it is another by now, nothing is changed and the answer is 412; `*` for whatever it is. Without it the answer is 428",
            "schema": { "type": "string" },
        }));
    }
    let status = endpoint.status.to_string();
    let mut responses = Map::new();
    responses.insert(status, response(endpoint, generator));
    if let Content::Ranged(_) = endpoint.answer {
        parameters.push(json!({
            "name": "Range",
            "in": "header",
            "required": false,
            "description": "A part of it: `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`",
            "schema": { "type": "string" },
        }));
        let mut part = response(endpoint, generator);
        part["description"] = json!("The part that was asked for");
        responses.insert("206".to_owned(), part);
        let outside = json!({ "description": "The part lies outside" });
        responses.insert("416".to_owned(), outside);
    }
    let problem = generator.subschema_for::<Problem>();
    responses.insert(
        "default".to_owned(),
        json!({
            "description": "What is wrong, and what to do next (RFC 9457)",
            "content": { "application/problem+json": { "schema": problem } },
        }),
    );
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": responses,
    });
    if endpoint.scope > Scope::Read {
        operation["description"] = json!(format!(
            "Takes a token of the scope {}.",
            format!("{:?}", endpoint.scope).to_lowercase()
        ));
    }
    match endpoint.body {
        Content::Json(make) => {
            let schema = make(generator);
            operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        Content::JsonOrForm(make) => {
            let schema = make(generator);
            operation["requestBody"] = json!({ "required": true, "content": {
                "application/json": { "schema": schema },
                "multipart/form-data": { "schema": { "type": "object", "properties": {
                    "q": { "type": "string" },
                    "picture": { "type": "string", "contentMediaType": "application/octet-stream" },
                } } },
            } });
        }
        Content::Empty | Content::Other(_) | Content::OneOf(_) | Content::Ranged(_) => {}
    }
    operation
}

fn response(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    match endpoint.answer {
        Content::Empty => json!({ "description": "Done" }),
        Content::Json(make) | Content::JsonOrForm(make) => {
            let schema = make(generator);
            json!({
                "description": "The answer",
                "content": { "application/json": { "schema": schema } },
            })
        }
        Content::Other(kind) => json!({ "description": "The answer", "content": { kind: {} } }),
        Content::OneOf(kinds) | Content::Ranged(kinds) => {
            let content: Map<String, Value> = kinds
                .iter()
                .map(|kind| ((*kind).to_owned(), json!({})))
                .collect();
            json!({ "description": "The answer", "content": content })
        }
    }
}

/// Names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(|name| name.trim_start_matches('*'))
}

/// The fields of a type as parameters of a query.
fn in_query(schema: &Value, generator: &SchemaGenerator) -> Vec<Value> {
    let definition = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next())
        .and_then(|name| generator.definitions().get(name))
        .unwrap_or(schema);
    let required = definition["required"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let properties = definition["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    properties
        .into_iter()
        .map(|(name, mut schema)| {
            let description = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            json!({
                "name": name,
                "in": "query",
                "required": required.iter().any(|it| *it == *name),
                "description": description,
                "schema": schema,
            })
        })
        .collect()
}

fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint
        .path
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(endpoint.method.name().to_owned(), |id, word| {
        format!("{id}_{word}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_document_is_what_the_routes_say() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/openapi.json");
        let wanted = format!("{:#}\n", document());
        if std::env::var_os("REELDEX_WRITE_SCHEMAS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "schemas/openapi.json is stale: run the tests once with REELDEX_WRITE_SCHEMAS=1"
        );
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_every_reference_a_target() {
        let document = document();
        let mut ids = Vec::new();
        for methods in document["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                ids.push(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
