//! Who may do what with reels.

use serde_json::{Value, json};

use super::world;
use crate::server::Server;

#[test]
fn a_token_to_read_looks_at_reels_and_changes_none() {
    let world = world();
    let token = |scope: &str| {
        let run = world.run([
            "--json", "token", "create", "--scope", scope, "--name", scope,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.json()["token"].as_str().unwrap().to_owned()
    };
    let (read, curate) = (token("read"), token("curate"));
    let server = Server::start(&world);
    let send = |method: &str, path: &str, token: &str, body: &Value| {
        let bearer = format!("Authorization: Bearer {token}");
        let headers = [bearer.as_str(), "Content-Type: application/json"];
        server.send(method, path, &headers, body.to_string().as_bytes())
    };
    let wish = json!({ "title": "Best", "length_millis": 6000 });
    assert_eq!(
        send("POST", "/reels", &read, &wish).problem(403),
        "scope_missing"
    );
    let made = send("POST", "/reels", &curate, &wish);
    assert_eq!(made.status, 201, "{}", made.text());
    for (method, path, body) in [
        ("POST", "/reels/Best/edits", json!({ "action": "undo" })),
        ("POST", "/reels/Best/update", json!({})),
        ("POST", "/reels/Best/picks/1/replace", json!({})),
        ("POST", "/reels/Best/renders", json!({})),
        ("DELETE", "/reels/Best", json!({})),
    ] {
        assert_eq!(
            send(method, path, &read, &body).problem(403),
            "scope_missing",
            "{path}"
        );
        assert_eq!(
            server.send(method, path, &[], b"").problem(401),
            "token_missing",
            "{path}"
        );
    }
    let archive = world.archive().to_string_lossy().into_owned();
    for path in [
        "/reels",
        "/reels/Best",
        "/reels/Best/manifest.json",
        "/reels/Best/export/csv",
        "/reels/Best/export/otio",
        "/reels/Best/export/fcpxml",
        "/reels/Best/export/xmeml",
        "/reels/Best/export/edl",
        "/reels/Best/export/ale",
        "/reels/Best/export/html",
    ] {
        let reply = send("GET", path, &read, &json!({}));
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        assert!(!reply.text().contains(&archive), "{path}");
    }
    // Those who curate give up what they render, and not what is indexed.
    let rendering = send("POST", "/reels/Best/renders", &curate, &json!({})).json();
    assert!(rendering["paths"].is_null(), "{rendering}");
    let cancel = format!("/jobs/{}/cancel", rendering["job_id"]);
    assert_eq!(
        send("POST", &cancel, &read, &json!({})).problem(403),
        "scope_missing"
    );
    let cancelled = send("POST", &cancel, &curate, &json!({})).status;
    // It may have been done before.
    assert!(cancelled == 200 || cancelled == 409, "{cancelled}");
}
