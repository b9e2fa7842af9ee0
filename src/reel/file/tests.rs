//! Reels written and read, and manifests that say nonsense.

use super::*;
use crate::{
    domain::Rational,
    reel::fixtures::{film, pick, reel},
};

fn example() -> Reel {
    let rate = Rational::new(30_000, 1001);
    let mut reel = reel(rate, film(rate, 900), vec![pick(1, 0, 50), pick(2, 60, 90)]);
    reel.timeline.drop_frame = true;
    reel.timeline.start_timecode = "00:59:30;00".to_owned();
    reel
}

#[test]
fn a_reel_survives_its_file_whatever_it_is_called() {
    let library = tempfile::tempdir().unwrap();
    let mut reel = example();
    reel.write_timecodes();
    for name in ["final", "Größe 2 - b_c.d", "日本"] {
        let file = ReelFile::named(library.path(), name).unwrap();
        file.write(&reel).unwrap();
        assert_eq!(file.name(), name);
        assert_eq!(file.read().unwrap(), reel);
        assert_eq!(ReelFile::typed(library.path(), name).unwrap(), file);
        let path = file.path.to_str().unwrap();
        assert_eq!(ReelFile::typed(library.path(), path).unwrap(), file);
    }
    let names: Vec<String> = ReelFile::list(library.path())
        .unwrap()
        .iter()
        .map(ReelFile::name)
        .collect();
    assert_eq!(names.len(), 3);
    let left: Vec<_> = fs::read_dir(folder(library.path())).unwrap().collect();
    assert_eq!(left.len(), 3, "no draft is left: {left:?}");
}

#[test]
fn names_lead_out_of_no_folder() {
    let library = Path::new("/nowhere");
    for name in [
        "", "../x", "a/b", "a\\b", ".hidden", "x.", " x", "a\"b", "a\nb", "a:b",
    ] {
        let error = ReelFile::named(library, name).unwrap_err();
        assert!(matches!(error, ReelError::BadName { .. }), "{name}");
    }
    assert!(ReelFile::named(library, &"x".repeat(121)).is_err());
    let missing = ReelFile::named(library, "x").unwrap().read().unwrap_err();
    assert!(matches!(missing, ReelError::NoReel { .. }), "{missing}");
    assert!(ReelFile::list(library).unwrap().is_empty());
}

#[test]
fn a_manifest_edited_into_nonsense_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = ReelFile {
        path: folder.path().join("x.reel.json"),
    };
    let good = serde_json::to_value(example()).unwrap();
    let other = "02".repeat(32);
    let nonsense: [(&str, serde_json::Value, &str); 16] = [
        ("/format_version", 9.into(), "form 9"),
        ("/current", 5.into(), "revision 5 is to hold"),
        ("/timeline/rate/den", 0.into(), "no rate"),
        (
            "/timeline/start_timecode",
            "25:00:00:00".into(),
            "does not exist",
        ),
        ("/timeline/width", 0.into(), "16 to 8192"),
        ("/wish/sections", serde_json::json!([]), "no section"),
        ("/revisions/0/parent", 0.into(), "made from a later one"),
        (
            "/revisions/0/picks/0/in_frame",
            (-1).into(),
            "before the source's first",
        ),
        (
            "/revisions/0/picks/0/out_frame",
            0.into(),
            "nothing would be left",
        ),
        (
            "/revisions/0/picks/1/out_frame",
            901.into(),
            "has 900 frames",
        ),
        (
            "/revisions/0/picks/1/out_frame",
            i64::MAX.into(),
            "has 900 frames",
        ),
        ("/revisions/0/picks/1/id", 1.into(), "same number"),
        (
            "/revisions/0/picks/1/asset_id",
            other.into(),
            "not among the reel's sources",
        ),
        (
            "/revisions/0/picks/1/asset_id",
            "zz".into(),
            "64 hexadecimal digits",
        ),
        (
            "/revisions/0/picks/1/in_frame",
            "soon".into(),
            "invalid type",
        ),
        (
            "/revisions/0/picks/1/slow_motion",
            serde_json::json!({"factor": 100, "smoothing": "blend"}),
            "not 2 to 8",
        ),
    ];
    for (pointer, value, reason) in nonsense {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        fs::write(&file.path, wrong.to_string()).unwrap();
        let error = file.read().unwrap_err();
        assert!(
            matches!(error, ReelError::NotAReel { .. }),
            "{pointer}: {error}"
        );
        assert!(error.to_string().contains(reason), "{pointer}: {error}");
    }
    let mut wrong = good.clone();
    wrong["surprise"] = 1.into();
    for text in [
        wrong.to_string(),
        "{".to_owned(),
        String::new(),
        "[]".to_owned(),
    ] {
        fs::write(&file.path, text).unwrap();
        assert!(matches!(file.read(), Err(ReelError::NotAReel { .. })));
    }
    fs::write(&file.path, [0xff, 0xfe]).unwrap();
    assert!(file.read().is_err());
}

#[test]
fn timecodes_are_for_people_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = ReelFile {
        path: folder.path().join("x.reel.json"),
    };
    let mut reel = example();
    reel.revisions[0].picks[1].in_timecode = "made up".to_owned();
    file.write(&reel).unwrap();
    assert_eq!(file.read().unwrap().picks()[1].in_timecode, "10:00:02:00");
}

#[test]
fn any_title_makes_a_name_that_a_reel_can_have() {
    let library = Path::new("/library");
    for (title, name) in [
        ("Größte Momente", "Größte Momente"),
        ("\"Best\" / of: 2024!", "Best of 2024"),
        ("../../etc/passwd", "etc passwd"),
        ("...", "reel"),
        ("\u{202e}<script>", "script"),
        ("Take-2_b  v1.5", "Take-2_b v1.5"),
        ("🏹", "reel"),
    ] {
        assert_eq!(file_stem(title), name);
        assert!(
            ReelFile::named(library, &file_stem(title)).is_ok(),
            "{title}"
        );
    }
    let long = "ü".repeat(300);
    assert_eq!(file_stem(&long).len(), 100);
    assert!(ReelFile::named(library, &file_stem(&long)).is_ok());
}

#[test]
fn a_new_reel_of_a_title_takes_no_file_that_is_there() {
    let library = tempfile::tempdir().unwrap();
    for name in ["Finale", "Finale 2", "Finale 3"] {
        let file = ReelFile::for_title(library.path(), "Finale!").unwrap();
        assert_eq!(file.name(), name);
        fs::create_dir_all(folder(library.path())).unwrap();
        fs::write(&file.path, "{}").unwrap();
    }
}
