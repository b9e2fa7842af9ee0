//! Searches by a picture that is sent along.

use std::path::Path;

use crate::{
    program::World,
    server::{Reply, Server},
};

fn send(server: &Server, query: &str, picture: &[u8]) -> Reply {
    let mut form = Vec::new();
    form.extend_from_slice(
        format!("--edge\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n{query}\r\n")
            .as_bytes(),
    );
    form.extend_from_slice(b"--edge\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"../../a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
    form.extend_from_slice(picture);
    form.extend_from_slice(b"\r\n--edge--\r\n");
    server.send(
        "POST",
        "/search",
        &["Content-Type: multipart/form-data; boundary=edge"],
        &form,
    )
}

fn leftovers(world: &World) -> usize {
    std::fs::read_dir(world.library().join("uploads")).map_or(0, Iterator::count)
}

#[test]
fn a_picture_finds_its_like_and_what_is_none_is_refused() {
    let world = World::new();
    let run = world.run(["models", "pull", "demo"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let red = world.render(
        "red.png",
        &[
            "-f",
            "lavfi",
            "-i",
            "mandelbrot=s=320x240",
            "-frames:v",
            "1",
        ],
    );
    world.render(
        "bars.png",
        &["-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1"],
    );
    let archive = world.archive();
    let run = world.run([
        Path::new("index"),
        Path::new("--models"),
        Path::new("demo"),
        &archive,
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let server = Server::start(&world);
    let picture = std::fs::read(&red).unwrap();
    for query in ["", "like:./upload"] {
        let found = send(&server, query, &picture).json();
        assert_eq!(found["moments"][0]["name"], "red.png", "{found}");
    }
    let id = send(&server, "", &picture).json()["moments"][0]["asset_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let alike = server.get(&format!("/assets/{id}/similar?at=0")).json();
    assert_eq!(alike["moments"][0]["asset_id"], id, "{alike}");

    for wrong in [
        &b"GIF89a, or not"[..],
        b"",
        &picture[..picture.len() / 3],
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ] {
        let refused = send(&server, "", wrong);
        assert!((400..500).contains(&refused.status), "{}", refused.text());
        assert!(
            !refused.text().contains(&*world.library().to_string_lossy()),
            "{}",
            refused.text()
        );
    }
    let huge = world.render(
        "../huge.png",
        &[
            "-f",
            "lavfi",
            "-i",
            "color=c=black:s=10100x10000",
            "-frames:v",
            "1",
            "-pix_fmt",
            "gray",
        ],
    );
    let refused = send(&server, "", &std::fs::read(huge).unwrap());
    assert!((400..500).contains(&refused.status), "{}", refused.text());
    let refused = send(&server, "", &vec![0; 65 << 20]);
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert_eq!(leftovers(&world), 0);
}
