//! Sizes, turns, fields, stills, slates and letters.

use reeldex::reel::SourceKind;
use reeldex::reel::render::{ReelCodec, ReelFill};

use super::bench_films::*;

/// Whether columns of a picture, 64 wide, are black from top to bottom.
fn is_black(picture: &[u8], columns: std::ops::Range<usize>) -> bool {
    picture
        .chunks(64)
        .all(|row| row[columns.clone()].iter().all(|value| *value < 24))
}

#[test]
fn turned_and_anamorphic_pictures_are_shown_upright_in_their_shape() {
    let mut bench = Bench::new((25, 1));
    let upright = bench.film(
        "upright.mp4",
        "-f lavfi -i color=white:s=640x360:r=25:d=2 -c:v libx264 -preset ultrafast",
    );
    let turned = bench.film(
        "turned.mp4",
        &format!("-i {} -c copy -metadata:s:v rotate=90", upright.display()),
    );
    // 704x576 at 12:11 is 768x576: four to three.
    let wide = bench.film(
        "wide.mp4",
        "-f lavfi -i color=white:s=704x576:r=25:d=2,setsar=12/11 -c:v libx264 -preset ultrafast",
    );
    let turned = bench.video(&turned, (25, 1), 50);
    let wide = bench.video(&wide, (25, 1), 50);
    bench.pick(turned, 0..20);
    bench.pick(wide, 0..20);
    let (path, _) = bench.render("reel.mp4");
    let pictures = grey(&path, 64, 36);
    // 202 of 640 pixels in the middle.
    let turned = &pictures[10];
    assert!(
        is_black(turned, 0..21) && is_black(turned, 43..64),
        "bars on both sides"
    );
    assert!(turned[18 * 64 + 32] > 200 && turned[32] > 200 && turned[18 * 64 + 24] > 200);
    // 480 of 640.
    let wide = &pictures[30];
    assert!(is_black(wide, 0..7) && is_black(wide, 57..64) && !is_black(wide, 0..10));
    bench.settings.fill = ReelFill::Blur;
    let (path, _) = bench.render("blurred.mp4");
    let pictures = grey(&path, 64, 36);
    let beside = pictures[10][18 * 64 + 4];
    assert!(
        (120..=220).contains(&beside),
        "the picture itself, darker: {beside}"
    );
    assert!(pictures[10][18 * 64 + 32] > 225);
}

#[test]
fn interlaced_pictures_are_shown_without_combs_and_in_step() {
    let mut bench = Bench::new((25, 1));
    // A bar moves 8 pixels a field: woven fields would show it as a comb.
    let film = bench.film(
        "fields.mpg",
        "-f lavfi -i color=black:s=720x576:r=50:d=4,geq=lum='if(between(X-8*mod(N\\,80)\\,0\\,40)\\,235\\,16)':cb=128:cr=128,tinterlace=interleave_top,fieldorder=tff \
         -c:v mpeg2video -q:v 2 -flags +ildct+ilme -aspect 16:9",
    );
    let asset = bench.video(&film, (25, 1), 100);
    bench.reel.timeline.width = 720;
    bench.reel.timeline.height = 576;
    bench.pick(asset, 10..30);
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!((rendered.pictures, rendered.warnings.len()), (20, 0));
    for (number, picture) in grey(&path, 720, 576).iter().enumerate() {
        let row = |y: usize| &picture[y * 720..(y + 1) * 720];
        let centre = |row: &[u8]| {
            let lit: Vec<usize> = (0..720).filter(|x| row[*x] > 120).collect();
            lit.iter().sum::<usize>() as f64 / lit.len().max(1) as f64
        };
        let (even, odd) = (centre(row(300)), centre(row(301)));
        assert!((even - odd).abs() < 3.0, "picture {number}: {even} {odd}");
    }
}

#[test]
fn stills_are_held_and_come_closer_to_where_there_is_most_to_see() {
    let mut bench = Bench::new((25, 1));
    // All detail lies in the lower right corner.
    let still = bench.film(
        "still.png",
        "-f lavfi -i color=gray:s=1280x720,geq=lum='if(gt(X\\,960)*gt(Y\\,480)\\,255*mod(floor(X/8)+floor(Y/8)\\,2)\\,128)':cb=128:cr=128 -frames:v 1",
    );
    let image = source(&still, SourceKind::Image, (25, 1), 0);
    let asset = bench.source(&still, image);
    bench.pick(asset, 0..75);
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 75);
    let full = grey(&path, 640, 360);
    assert_eq!(full.len(), 75);
    // How much of the picture the detail takes, from its upper left corner on.
    let detailed = |picture: &[u8]| {
        let lit = |at: &usize| picture[*at].abs_diff(128) > 60;
        let places: Vec<usize> = (0..picture.len()).filter(lit).collect();
        let left = places.iter().map(|at| at % 640).min().unwrap();
        let top = places.iter().map(|at| at / 640).min().unwrap();
        (640 - left) * (360 - top)
    };
    let (first, last) = (detailed(&full[0]), detailed(&full[74]));
    assert!(first.abs_diff(160 * 120) < 600, "{first} pixels at first");
    assert!(
        last as f64 > first as f64 * 1.28,
        "the detail grew from {first} to {last} pixels"
    );
    let differences: Vec<u32> = full
        .windows(2)
        .map(|pair| {
            pair[0]
                .iter()
                .zip(&pair[1])
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum()
        })
        .collect();
    assert!(
        differences[20..50].iter().all(|difference| *difference > 0),
        "it moves all the time"
    );
}

#[test]
fn slates_come_before_picks_and_lower_thirds_over_them() {
    let mut bench = Bench::new((25, 1));
    let film = bench.film(
        "film.mp4",
        "-f lavfi -i color=0x808080:s=640x360:r=25:d=6 -c:v libx264 -preset ultrafast",
    );
    let asset = bench.video(&film, (25, 1), 150);
    bench.pick(asset, 0..50).lower_third = Some("Müller, 100 %: it's [gold]".to_owned());
    bench.pick(asset, 60..110);
    bench.settings.slates = true;
    let (path, rendered) = bench.render("reel.mp4");
    assert_eq!(rendered.pictures, 50 + 50 + 50 + 50);
    assert_eq!(rendered.warnings, Vec::<String>::new());
    let pictures = grey(&path, 64, 36);
    let spread = |at: usize, rows: std::ops::Range<usize>| {
        let part = &pictures[at][rows.start * 64..rows.end * 64];
        part.iter().max().unwrap() - part.iter().min().unwrap()
    };
    for card in [10, 110] {
        assert!(pictures[card][0] < 40, "a dark card");
        assert!(spread(card, 10..26) > 30, "with something written on it");
    }
    assert!(spread(75, 26..34) > 40, "the line of the first pick");
    assert!(spread(75, 0..24) < 12, "over the lower third alone");
    assert!(spread(175, 0..36) < 12, "the second has none");
    let chapters = ffprobe(&path, "-show_chapters");
    assert_eq!(
        number(&chapters["chapters"][1]["start_time"]),
        4.0,
        "with its card"
    );
    bench.settings.slates = false;
    bench.settings.lower_thirds = true;
    let (path, _) = bench.render("named.mp4");
    let pictures = grey(&path, 64, 36);
    assert_eq!(pictures.len(), 100);
    let part = &pictures[75][26 * 64..34 * 64];
    assert!(
        part.iter().max().unwrap() - part.iter().min().unwrap() > 40,
        "its name"
    );
}

#[test]
fn colours_stay_what_they_are_whatever_matrix_they_come_in() {
    let mut bench = Bench::new((25, 1));
    bench.reel.timeline.width = 1280;
    bench.reel.timeline.height = 720;
    let still = |bench: &mut Bench, name: &str, size: &str| {
        let path = bench.film(
            name,
            &format!("-f lavfi -i color=0xc83214:s={size},format=rgb24 -frames:v 1"),
        );
        let image = source(&path, SourceKind::Image, (25, 1), 0);
        bench.source(&path, image)
    };
    let large = still(&mut bench, "large.png", "1600x900");
    let small = still(&mut bench, "small.png", "640x360");
    let tagged = |bench: &mut Bench, name: &str, size: &str, matrix: &str, space: &str| {
        let path = bench.film(
            name,
            &format!(
                "-f lavfi -i color=0xc83214:s={size}:r=25:d=1,format=rgb24,scale=out_color_matrix={matrix},format=yuv420p \
                 -c:v libx264 -preset ultrafast -colorspace {space}"
            ),
        );
        bench.video(&path, (25, 1), 25)
    };
    let hd = tagged(&mut bench, "hd.mp4", "1280x720", "bt709", "bt709");
    let sd = tagged(&mut bench, "sd.mp4", "720x576", "bt601", "bt470bg");
    for asset in [large, small, hd, sd] {
        bench.pick(asset, 0..10);
    }
    for codec in [ReelCodec::H264, ReelCodec::ProRes] {
        bench.settings.codec = codec;
        let (path, _) = bench.render(&format!("reel.{}", codec.extension()));
        let output = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&path)
            .args("-vf crop=16:16,scale=1:1:flags=area -pix_fmt rgb24 -f rawvideo -".split(' '))
            .output()
            .unwrap();
        let pixels: Vec<&[u8]> = output.stdout.chunks(3).collect();
        assert_eq!(pixels.len(), 40);
        for (at, pixel) in pixels.iter().enumerate() {
            let off = pixel.iter().zip([0xc8, 0x32, 0x14]);
            let off = off
                .map(|(is, wanted): (&u8, u8)| is.abs_diff(wanted))
                .max()
                .unwrap();
            assert!(off <= 6, "{codec:?}, picture {at}: {pixel:?}");
        }
    }
}

#[test]
fn letters_that_no_font_has_are_told_with_what_brings_them() {
    let mut bench = Bench::new((25, 1));
    let film = bench.film(
        "grey.mp4",
        "-f lavfi -i color=gray:s=640x360:r=25:d=2 -c:v libx264",
    );
    let film = bench.video(&film, (25, 1), 50);
    // The last place of the last plane is no letter's.
    bench.pick(film, 0..50).lower_third = Some("Finale \u{10fffd}".to_owned());
    let (_, rendered) = bench.render("boxes.mp4");
    let note = rendered.warnings.join(" ");
    assert!(note.contains('\u{10fffd}'), "{note}");
    assert!(note.contains("install fonts-noto-core"), "{note}");
}
