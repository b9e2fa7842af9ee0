//! What each address answers.

use serde_json::json;

use crate::{program::World, server::Server};

fn served() -> (World, Server) {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    (world, server)
}

#[test]
fn every_resource_of_a_small_library_answers() {
    let (world, server) = served();
    assert_eq!(server.get("/health").json()["status"], "alive");
    let ready = server.get("/ready").json();
    assert_eq!(
        (&ready["assets"], &ready["is_writer"]),
        (&json!(1), &json!(true))
    );

    let answer = server.get("/search?q=all+is+well&facets=true").json();
    assert_eq!(answer["verdict"], "strong");
    let moment = &answer["moments"][0];
    assert_eq!(
        (&moment["name"], &moment["kind"]),
        (&json!("good.mp4"), &json!("video"))
    );
    assert_eq!(moment["path"], json!(world.archive().join("good.mp4")));
    assert_eq!(
        answer["facets"]["kind"],
        json!([{ "value": "video", "count": 1 }])
    );
    let posted = server.post_json("/search", &json!({ "q": "all is well", "facets": true }));
    assert_eq!(posted.json()["moments"][0]["evidence"], moment["evidence"]);
    assert_eq!(
        server.get("/search?q=zzzyx").json()["verdict"],
        "none",
        "nothing fits"
    );

    let suggested = server.get("/suggest?q=all+is+we").json();
    let texts: Vec<_> = suggested["suggestions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["text"])
        .collect();
    assert!(texts.contains(&&json!("well")), "{suggested}");

    let id = server.first_asset();
    let asset = server.get(&format!("/assets/{id}")).json();
    assert_eq!(asset["duration_millis"], 2000);
    assert_eq!(asset["frame_rate"], json!({ "num": 25, "den": 1 }));
    assert_eq!(asset["start_timecode"], "00:00:00:00");
    assert_eq!(asset["steps"][0]["outcome"], "done");
    let segments = server
        .get(&format!("/assets/{id}/segments?channel=subtitle"))
        .json();
    assert_eq!(
        segments["segments"][0]["assertions"][0]["value"],
        "all is well"
    );
    let cue = &server.get(&format!("/assets/{id}/transcript.json")).json()["cues"][0];
    assert_eq!(
        (&cue["text"], &cue["by_person"]),
        (&json!("all is well"), &json!(false))
    );
    assert_eq!(
        server.get(&format!("/assets/{id}/transcript.vtt")).text(),
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nall is well\n"
    );
    assert_eq!(
        server.get(&format!("/assets/{id}/transcript.srt")).text(),
        "1\n00:00:00,000 --> 00:00:01,000\nall is well\n\n"
    );

    let picture = server.get(moment["thumbnail"].as_str().unwrap());
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, Some("image/jpeg"))
    );
    assert!(picture.body.starts_with(&[0xff, 0xd8]));

    let figures = server.get("/metrics").text();
    assert!(
        figures.contains("reeldex_searches_total{verdict=\"strong\"} 2"),
        "{figures}"
    );
    assert!(figures.contains("reeldex_assets 1"), "{figures}");
    assert_eq!(
        server.get("/docs").header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let page = server.get("/");
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'self'")
    );
}

#[test]
fn every_described_operation_exists_and_unknown_ones_do_not() {
    let (_world, server) = served();
    let document = server.get("/openapi.json").json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if path.contains("events") || path == "/mcp" {
                continue; // Streams without an end.
            }
            let address = path
                .replace("{id}", &"0".repeat(64))
                .replace(['{', '}', '*'], "");
            let reply = server.send(&method.to_uppercase(), &address, &[], b"");
            let told = reply.text();
            assert!(
                reply.status != 405 && !told.contains("nothing at this address"),
                "{method} {path}: {told}"
            );
        }
    }
    assert_eq!(server.get("/nothing").problem(404), "not_found");
    assert_eq!(
        server.send("DELETE", "/search", &[], b"").problem(405),
        "method_not_allowed"
    );
    let foreign = server.send(
        "OPTIONS",
        "/search",
        &["Access-Control-Request-Method: GET"],
        b"",
    );
    assert_eq!(foreign.header("access-control-allow-origin"), None);
}

#[test]
fn a_copy_that_still_holds_is_not_sent_again() {
    let (_world, server) = served();
    let id = server.first_asset();
    let thumbnail = server.get("/assets").json()["assets"][0]["thumbnail"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        format!("/assets/{id}"),
        "/assets".to_owned(),
        "/page/docs.js".to_owned(),
        thumbnail,
        format!("/assets/{id}/media"),
    ] {
        let first = server.get(&path);
        assert_eq!(first.status, 200, "{path}");
        let tag = first
            .header("etag")
            .unwrap_or_else(|| panic!("{path} has no tag"));
        let tag = format!("If-None-Match: {tag}");
        let again = server.send("GET", &path, &[&tag], b"");
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        let other = server.send("GET", &path, &["If-None-Match: \"other\""], b"");
        assert_eq!(other.status, 200, "{path}");
    }
}

#[test]
fn the_original_comes_whole_and_by_range() {
    let (world, server) = served();
    let content = std::fs::read(world.archive().join("good.mp4")).unwrap();
    let path = format!("/assets/{}/media", server.first_asset());
    assert_eq!(server.get(&path).body, content);
    let part = server.send("GET", &path, &["Range: bytes=10-19"], b"");
    assert_eq!((part.status, &part.body[..]), (206, &content[10..20]));
    let range = format!("bytes 10-19/{}", content.len());
    assert_eq!(part.header("content-range"), Some(&*range));
    let last = server.send("GET", &path, &["Range: bytes=-5"], b"");
    assert_eq!(last.body, content[content.len() - 5..]);
    let beyond = format!("Range: bytes={}-", content.len() + 1);
    assert_eq!(server.send("GET", &path, &[&beyond], b"").status, 416);
    assert_eq!(server.send("HEAD", &path, &[], b"").body, b"");

    std::fs::write(world.archive().join("good.mp4"), b"another file").unwrap();
    assert_eq!(server.get(&path).problem(404), "not_found");
    std::fs::remove_file(world.archive().join("good.mp4")).unwrap();
    assert_eq!(server.get(&path).problem(404), "not_found");
}

#[test]
fn pages_follow_each_other_and_text_is_packed() {
    let world = World::with_good_clip();
    for name in ["one.png", "two.png"] {
        let drawing = format!(
            "color=c={}:s=64x48",
            if name == "one.png" { "red" } else { "blue" }
        );
        world.render(name, &["-f", "lavfi", "-i", &drawing, "-frames:v", "1"]);
    }
    world.index();
    let server = Server::start(&world);
    let (mut cursor, mut names) = (String::new(), Vec::new());
    loop {
        let page = server.get(&format!("/assets?limit=1{cursor}")).json();
        assert_eq!(page["total"], 3);
        names.push(page["assets"][0]["name"].as_str().unwrap().to_owned());
        match &page["next_cursor"] {
            serde_json::Value::Null => break,
            next => cursor = format!("&cursor={}", next.to_string().trim_matches('"')),
        }
    }
    names.sort();
    assert_eq!(names, ["good.mp4", "one.png", "two.png"]);
    let images = server.get("/assets?kind=image").json();
    assert_eq!(images["assets"].as_array().unwrap().len(), 2);
    let packed = server.send("GET", "/openapi.json", &["Accept-Encoding: gzip"], b"");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let media = format!("/assets/{}/media", server.first_asset());
    let plain = server.send("GET", &media, &["Accept-Encoding: gzip"], b"");
    assert_eq!(plain.header("content-encoding"), None);
}
