//! Who is let in, and what they are told.

use serde_json::json;

use crate::{program::World, server::Server};

fn token(world: &World, scope: &str) -> (String, String) {
    let run = world.run([
        "--json", "token", "create", "--scope", scope, "--name", scope,
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let made = run.json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (
        text("id"),
        format!("Authorization: Bearer {}", text("token")),
    )
}

#[test]
fn requests_of_other_sites_are_refused() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    for host in [
        "Host: evil.example",
        "Host: evil.example:8484",
        "Host: 127.0.0.1.evil.example",
    ] {
        assert_eq!(
            server.send("GET", "/assets", &[host], b"").problem(403),
            "foreign_request",
            "{host}"
        );
    }
    for origin in [
        "Origin: http://evil.example",
        "Origin: null",
        "Origin: http://127.0.0.1:1",
    ] {
        assert_eq!(
            server.send("GET", "/assets", &[origin], b"").problem(403),
            "foreign_request",
            "{origin}"
        );
    }
    let own = format!("Origin: http://{}", server.address);
    assert_eq!(server.send("GET", "/assets", &[&own], b"").status, 200);
}

#[test]
fn a_token_opens_the_door_until_it_is_revoked_and_tells_no_path_below_admin() {
    let world = World::with_good_clip();
    world.index();
    let (read_id, read) = token(&world, "read");
    let (_, admin) = token(&world, "admin");
    let server = Server::start(&world);
    assert_eq!(server.get("/health").status, 200);
    assert_eq!(server.get("/assets").problem(401), "token_missing");
    assert_eq!(
        server.get("/thumbnails/aa/bb/1.jpg").problem(401),
        "token_missing"
    );
    let wrong = "Authorization: Bearer rdx_0000";
    assert_eq!(
        server.send("GET", "/assets", &[wrong], b"").problem(401),
        "token_missing"
    );

    let folder = world
        .archive()
        .parent()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let id = server.send("GET", "/assets", &[&read], b"").json()["assets"][0]["asset_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "/search?q=all+is+well",
        "/assets",
        &format!("/assets/{id}"),
        &format!("/assets/{id}/segments"),
        "/search?q=(",
        "/ready",
    ] {
        let told = server.send("GET", path, &[&read], b"").text();
        assert!(!told.contains(&folder), "{path}: {told}");
    }
    let told = server.send("GET", "/assets", &[&admin], b"").text();
    assert!(told.contains(&folder), "{told}");

    let secret = read.rsplit(' ').next().unwrap();
    let session = server.post_json("/session", &json!({ "token": secret }));
    let cookie = session.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    assert_eq!(server.send("GET", "/assets", &[&cookie], b"").status, 200);
    assert_eq!(
        server
            .post_json("/session", &json!({ "token": "rdx_1" }))
            .problem(401),
        "token_missing"
    );

    assert!(world.run(["token", "list"]).stdout.contains(&read_id));
    assert_eq!(world.run(["token", "revoke", &read_id]).code, 0);
    assert_eq!(
        server.send("GET", "/assets", &[&read], b"").problem(401),
        "token_missing"
    );
    assert_eq!(
        server.send("GET", "/assets", &[&cookie], b"").problem(401),
        "token_missing"
    );
    assert_eq!(world.run(["token", "revoke", &read_id]).code, 2);
}

#[test]
fn a_listener_that_others_can_reach_takes_a_token() {
    let world = World::with_good_clip();
    world.index();
    let run = world.run(["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(
        run.stderr.contains("hint:") && run.stderr.contains("token create"),
        "{}",
        run.stderr
    );
}

#[test]
fn who_asks_too_often_is_told_so() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let (mut slowed, mut stream) = (false, server.connect());
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    // Many requests on one connection: as fast as a program can ask.
    use std::io::{Read, Write};
    for _ in 0..40 {
        stream.write_all(request.repeat(100).as_bytes()).unwrap();
    }
    let mut answers = vec![0; 1 << 20];
    for _ in 0..200 {
        let count = stream.read(&mut answers).unwrap();
        if String::from_utf8_lossy(&answers[..count]).contains(" 429 ") {
            slowed = true;
            break;
        }
    }
    assert!(slowed);
}
