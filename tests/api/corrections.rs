//! Corrections over HTTP.

use serde_json::{Value, json};

use crate::{program::World, server::Server};

#[track_caller]
fn segment(server: &Server, asset: &str, channel: &str) -> Value {
    let answer = server
        .get(&format!("/assets/{asset}/segments?channel={channel}"))
        .json();
    answer["segments"][0].clone()
}

#[track_caller]
fn found(server: &Server, query: &str) -> usize {
    let answer = server.get(&format!("/search?q={query}")).json();
    answer["moments"].as_array().unwrap().len()
}

#[test]
fn a_correction_is_searchable_when_it_is_answered_and_gone_when_it_is_taken_back() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let asset = server.first_asset();
    let line = segment(&server, &asset, "subtitle");
    let body = json!({
        "asset_id": asset, "segment_id": line["segment_id"], "action": "replace", "kind": "transcript",
        "old_value": "all is well", "value": "every zebra is striped", "author": "Anna",
    });
    let reply = server.post_json("/corrections", &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let line_correction = reply.json();
    assert_eq!(line_correction["segment_id"], line["segment_id"]);
    assert_eq!((found(&server, "zebra"), found(&server, "well")), (1, 0));
    let transcript = server
        .get(&format!("/assets/{asset}/transcript.json"))
        .json();
    assert_eq!(transcript["cues"][0]["text"], "every zebra is striped");
    assert_eq!(transcript["cues"][0]["by_person"], true);

    let shot = segment(&server, &asset, "shot");
    let tag = json!({ "asset_id": asset, "segment_id": shot["segment_id"], "action": "add", "kind": "tag", "value": "podium" });
    assert_eq!(server.post_json("/corrections", &tag).status, 201);
    assert_eq!(found(&server, "good&tag=podium"), 1);
    let tags = segment(&server, &asset, "shot")["assertions"].clone();
    let tag = tags
        .as_array()
        .unwrap()
        .iter()
        .find(|said| said["value"] == "podium");
    assert_eq!(tag.unwrap()["by_person"], true, "{tags}");
    let name = json!({ "asset_id": asset, "action": "add", "kind": "name", "value": "Safari" });
    assert_eq!(server.post_json("/corrections", &name).status, 201);
    assert_eq!(found(&server, "Safari"), 1);

    let kept = server.get(&format!("/assets/{asset}/corrections")).json();
    assert_eq!(kept["corrections"].as_array().unwrap().len(), 3, "{kept}");
    assert_eq!(kept["corrections"][0]["author"], "Anna");
    let address = format!("/corrections/{}", line_correction["correction_id"]);
    assert_eq!(server.send("DELETE", &address, &[], b"").status, 204);
    assert_eq!((found(&server, "zebra"), found(&server, "well")), (0, 1));
    assert_eq!(
        server.send("DELETE", &address, &[], b"").problem(404),
        "correction_unknown"
    );
}

#[test]
fn what_is_no_correction_is_refused() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let asset = server.first_asset();
    let body = |action: &str, old: Option<&str>, new: Option<&str>| json!({ "asset_id": asset, "action": action, "kind": "tag", "old_value": old, "value": new });
    for (body, status, code) in [
        (body("add", None, None), 400, "bad_request"),
        (body("replace", None, Some("a")), 400, "bad_request"),
        (
            body("wrong", Some("never said"), None),
            409,
            "assertion_unknown",
        ),
        (
            json!({ "asset_id": "00", "action": "add", "kind": "tag", "value": "a" }),
            404,
            "not_found",
        ),
        (
            json!({ "asset_id": asset, "action": "add", "kind": "smell", "value": "a" }),
            400,
            "bad_request",
        ),
        (
            json!({ "asset_id": asset, "segment_id": "x", "action": "add", "kind": "tag", "value": "a" }),
            400,
            "bad_request",
        ),
        (
            json!({ "asset_id": asset, "segment_id": "00000000-0000-0000-0000-000000000001", "action": "add", "kind": "tag", "value": "a" }),
            404,
            "segment_unknown",
        ),
        (json!({}), 400, "bad_request"),
    ] {
        assert_eq!(
            server.post_json("/corrections", &body).problem(status),
            code,
            "{body}"
        );
    }
}

#[test]
fn a_token_to_read_corrects_nothing_and_one_to_curate_signs_with_its_name() {
    let world = World::with_good_clip();
    world.index();
    let token = |scope: &str, name: &str| {
        let run = world.run([
            "--json", "token", "create", "--scope", scope, "--name", name,
        ]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.json()["token"].as_str().unwrap().to_owned()
    };
    let (read, curate) = (token("read", "Ruth"), token("curate", "Carl"));
    let server = Server::start(&world);
    let send = |method: &str, path: &str, token: &str, body: &Value| {
        let bearer = format!("Authorization: Bearer {token}");
        let headers = [bearer.as_str(), "Content-Type: application/json"];
        server.send(method, path, &headers, body.to_string().as_bytes())
    };
    let assets = send("GET", "/assets", &read, &json!({})).json();
    let asset = assets["assets"][0]["asset_id"].clone();
    let body = json!({ "asset_id": asset, "action": "add", "kind": "tag", "value": "podium", "author": "Ruth" });
    assert_eq!(
        send("POST", "/corrections", &read, &body).problem(403),
        "scope_missing"
    );
    let kept = send("POST", "/corrections", &curate, &body);
    assert_eq!((kept.status, &kept.json()["author"]), (201, &json!("Carl")));
    let job = json!({ "paths": [world.archive()] });
    assert_eq!(
        send("POST", "/jobs", &curate, &job).problem(403),
        "scope_missing"
    );
}
