//! Requests that mean harm, and clients that are slow or go away.

use std::{
    io::{Read, Write},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{program::World, server::Server};

#[test]
fn no_path_leads_out_of_the_library() {
    let world = World::with_good_clip();
    world.index();
    let secret = world.library().parent().unwrap().join("secret.jpg");
    std::fs::write(&secret, b"secret").unwrap();
    let thumbnails = world.library().join("thumbnails");
    std::fs::create_dir_all(thumbnails.join("ee/ff")).unwrap();
    std::os::unix::fs::symlink(&secret, thumbnails.join("ee/ff/1.jpg")).unwrap();
    std::fs::create_dir_all(secret.parent().unwrap().join("away/ff")).unwrap();
    std::fs::write(secret.parent().unwrap().join("away/ff/1.jpg"), b"secret").unwrap();
    std::os::unix::fs::symlink(secret.parent().unwrap().join("away"), thumbnails.join("dd"))
        .unwrap();
    let server = Server::start(&world);
    let absolute = secret.to_string_lossy().replace('/', "%2f");
    for path in [
        "/thumbnails/ee/ff/1.jpg",
        "/thumbnails/dd/ff/1.jpg",
        "/thumbnails/../../secret.jpg",
        "/thumbnails/..%2f..%2f/aa/secret.jpg",
        "/thumbnails/%2e%2e/%2e%2e/secret.jpg",
        "/thumbnails/aa/bb/..%2f..%2f..%2fcatalogue.sqlite",
        &format!("/thumbnails/aa/bb/{absolute}"),
        &format!("/assets/{absolute}/media"),
        "/assets/..%2f..%2fsecret.jpg/media",
        "/page/../secret.jpg",
        "/page/..%2f..%2f..%2fCargo.toml",
        "/page/%2fetc%2fpasswd",
        "//etc/passwd",
        "/page/%00",
    ] {
        let reply = server.get(path);
        assert!(
            (400..500).contains(&reply.status),
            "{path}: {}",
            reply.status
        );
        let told = reply.text();
        assert!(
            !told.contains("secret\n") && told != "secret" && !told.contains("root:"),
            "{path}: {told}"
        );
    }
    // A link in the place of an original is not followed.
    let clip = world.archive().join("good.mp4");
    let id = server.first_asset();
    std::fs::rename(&clip, world.archive().join("moved.mp4")).unwrap();
    std::os::unix::fs::symlink(world.archive().join("moved.mp4"), &clip).unwrap();
    assert_eq!(
        server.get(&format!("/assets/{id}/media")).problem(404),
        "not_found"
    );
    // Nor does a query open a file of this machine.
    let refused = server.get("/search?q=like:./picture.jpg").problem(400);
    assert_eq!(refused, "bad_request");
}

#[test]
fn too_much_is_refused_in_words() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let long = "gold ".repeat(200_000);
    let refused = server.post_json("/search", &json!({ "q": long }));
    assert_eq!(refused.problem(413), "too_large");
    let by_address = server.get(&format!("/search?q={}", "a".repeat(1 << 20)));
    assert!((400..500).contains(&by_address.status));
    assert_eq!(
        server
            .get(&format!("/search?q={}", "a".repeat(20_000)))
            .problem(413),
        "too_large"
    );
    let deep = server.post_json("/search", &json!({ "q": "(".repeat(5000) }));
    deep.problem(400);
    let wrong = server.get("/search?q=said:(gold").json();
    assert!(wrong["column"].as_u64().is_some(), "{wrong}");
    for path in [
        "/search?q=",
        "/search?q=a&limit=0",
        "/search?q=a&limit=x",
        "/search?q=a&kind=smell",
        "/search?q=a&cursor=zz",
        "/assets?limit=1000000",
        "/assets?cursor=x",
        "/suggest?limit=-1",
        "/search?q=a&after=yesterday",
        "/search?wrong=1",
    ] {
        server.get(path).problem(400);
    }
    let kind = ["Content-Type: application/json"];
    server.send("POST", "/search", &kind, b"{").problem(400);
    server
        .send("POST", "/search", &["Content-Type: text/plain"], b"gold")
        .problem(400);
}

#[test]
fn clients_that_hang_up_or_read_slowly_hold_nobody_up() {
    let world = World::with_good_clip();
    // Large enough not to fit into the buffers of a connection.
    let padding = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=1280x720:r=25:d=6",
        "-c:v",
        "mjpeg",
        "-q:v",
        "1",
    ];
    world.render("large.avi", &padding);
    world.index();
    let server = Server::start(&world);
    let listed = server.get("/assets").json();
    let large = listed["assets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|asset| asset["name"] == "large.avi")
        .unwrap();
    assert!(large["size_bytes"].as_u64().unwrap() > 10 << 20, "{large}");
    let request = format!(
        "GET /assets/{}/media HTTP/1.1\r\nHost: {}\r\n\r\n",
        large["asset_id"].as_str().unwrap(),
        server.address
    );
    let mut slow: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    let started = Instant::now();
    for _ in 0..3 {
        for stream in &mut slow {
            stream.read_exact(&mut [0]).unwrap();
        }
        assert_eq!(
            server.get("/search?q=all+is+well").json()["verdict"],
            "strong"
        );
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(started.elapsed() < Duration::from_secs(30));
    // They hang up in the middle.
    drop(slow);
    for _ in 0..20 {
        let mut half = server.connect();
        half.write_all(b"POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"q\":").unwrap();
    }
    assert_eq!(
        server.get("/search?q=all+is+well").json()["verdict"],
        "strong"
    );
}

#[test]
fn who_never_says_what_they_want_is_let_go() {
    let world = World::with_good_clip();
    world.index();
    let server = Server::start(&world);
    let started = Instant::now();
    let mut half: Vec<_> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream
                .write_all(b"GET /search?q=gold HTTP/1.1\r\nHost:")
                .unwrap();
            stream
        })
        .collect();
    // A letter every other second, for ever.
    let mut slow = half.pop().unwrap();
    let is_closed = |stream: &mut std::net::TcpStream| stream.write_all(b"a").is_err();
    while !is_closed(&mut slow) {
        assert!(started.elapsed() < Duration::from_secs(60));
        assert_eq!(server.get("/health").status, 200);
        std::thread::sleep(Duration::from_secs(2));
    }
    assert!(started.elapsed() > Duration::from_secs(10));
    for mut stream in half {
        // Its end, or that it was cut off.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(started.elapsed() < Duration::from_secs(90));
    assert_eq!(
        server.get("/search?q=all+is+well").json()["verdict"],
        "strong"
    );
}
