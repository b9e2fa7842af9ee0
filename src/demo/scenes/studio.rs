//! A television studio and a scoreboard.

use super::{
    super::{
        figure::{Dress, Figure, Pose},
        lettering::Face,
        paint::{Painter, ink},
    },
    View, setting,
};

/// Presenters at a desk before screens.
pub(super) fn studio(painter: &mut Painter, view: &View) {
    let (left, top, right, bottom) = painter.view();
    let wall = view.pick(
        1010,
        &[
            ink(0x14264e),
            ink(0x3a1c44),
            ink(0x10383e),
            ink(0x2c2c38),
            ink(0x4c2a1c),
        ],
    );
    painter.gradient(
        (left, top, right - left, bottom - top),
        wall.shade(1.5),
        wall.shade(0.8),
    );
    for panel in 0..7 {
        let x = panel as f32 * 0.32 - 1.12;
        painter.rectangle(x, 0.02, 0.012, 0.8, wall.mix(ink(0x8ac8ff), 0.55).lamp());
    }
    for (screen, x) in [-0.62, 0.30].into_iter().enumerate() {
        painter.rectangle(x - 0.012, 0.10, 0.384, 0.244, ink(0x0c0e14));
        let glow = view.pick(
            1011 + screen as u32,
            &[ink(0x3f8f4a), ink(0x2a86c4), ink(0xc46a3a)],
        );
        painter.gradient(
            (x, 0.112, 0.36, 0.22),
            glow.shade(1.3).lamp(),
            glow.shade(0.7).lamp(),
        );
        for bar in 0..5_u32 {
            let high = 0.05 + 0.11 * (0.5 + 0.5 * view.wave(0.2, view.chance(1015 + bar)));
            painter.rectangle(
                x + 0.04 + bar as f32 * 0.06,
                0.32 - high,
                0.04,
                high,
                ink(0xf4f6fa).alpha(0.7).lamp(),
            );
        }
    }
    for (person, (x, _)) in view.places(0.42).iter().enumerate() {
        let talk = view.wave(1.8, 0.37 * person as f32).max(0.0);
        let pose = Pose {
            lean: 0.015 * view.wave(0.4, person as f32 * 0.3),
            arms: [(0.4, 1.1), (0.45 + 0.15 * talk, 1.2)],
            legs: [(0.05, 0.0), (0.05, 0.0)],
        };
        let mut figure = Figure {
            is_front: true,
            facing: 1.0,
            dress: Dress::Trousers,
            ..view.figure(person, (*x, 0.81), pose)
        };
        // The tie or the blouse is in the second colour.
        figure.second = view.second();
        let ends = figure.draw(painter);
        let size = figure.height;
        painter.polygon(
            &[
                (x - 0.05 * size, ends.neck.1 + 0.0),
                (x + 0.05 * size, ends.neck.1 + 0.0),
                (*x, ends.neck.1 + 0.20 * size),
            ],
            view.second(),
        );
        painter.ellipse(
            (ends.head.0, ends.head.1 + 0.045 * size),
            0.022 * size,
            (0.005 + 0.013 * talk) * size,
            ink(0x6a1f1c),
        );
    }
    let desk = view.pick(
        1020,
        &[ink(0xd8dce4), ink(0x8a5a34), ink(0x2a3a5a), ink(0xb8c4cc)],
    );
    let middle = view.subject_x();
    painter.polygon(
        &[
            (middle - 0.62, 0.76),
            (middle + 0.62, 0.76),
            (middle + 0.56, 1.2),
            (middle - 0.56, 1.2),
        ],
        desk,
    );
    painter.polygon(
        &[
            (middle - 0.68, 0.735),
            (middle + 0.68, 0.735),
            (middle + 0.62, 0.775),
            (middle - 0.62, 0.775),
        ],
        desk.shade(1.25),
    );
    view.fonts.write_centred(
        painter,
        (Face::Headline, "SPORT TODAY"),
        (middle, 0.89),
        (0.055, 0.8),
        ink(0xf2b42c).lamp(),
    );
    for paper in [-0.2, 0.22] {
        painter.polygon(
            &[
                (middle + paper - 0.05, 0.742),
                (middle + paper + 0.05, 0.742),
                (middle + paper + 0.06, 0.760),
                (middle + paper - 0.06, 0.760),
            ],
            ink(0xfdfdfa),
        );
    }
}

/// A board with names and results.
pub(super) fn scoreboard(painter: &mut Painter, view: &View) {
    setting::sky(painter, view, 0.85);
    setting::stands(painter, view, 0.70, 0.90);
    setting::ground(painter, view, 0.90, ink(0x58944a));
    let middle = view.subject_x();
    for side in [-0.34, 0.34] {
        painter.rectangle(middle + side - 0.02, 0.55, 0.04, 0.38, ink(0x5a606a));
    }
    let board = view.kit();
    painter.rectangle(middle - 0.50, 0.08, 1.0, 0.54, board.shade(0.45));
    painter.rectangle(middle - 0.485, 0.095, 0.97, 0.51, board.lamp().shade(0.92));
    let letters = if board.luma() > 0.5 {
        ink(0x14161c)
    } else {
        ink(0xfdf6d8)
    }
    .lamp();
    let nations = [
        "NOR", "KEN", "BRA", "JPN", "FRA", "CAN", "ITA", "GBR", "KOR", "NZL",
    ];
    let face = view.pick(1030, &[Face::Typewriter, Face::Headline, Face::Grotesque]);
    let title = view.pick(1031, &["FINAL", "RESULTS", "HEAT 2", "ROUND 3"]);
    view.fonts.write_centred(
        painter,
        (face, title),
        (middle, 0.185),
        (0.06, 0.8),
        letters,
    );
    painter.rectangle(middle - 0.44, 0.21, 0.88, 0.006, letters);
    for row in 0..4_u32 {
        let y = 0.295 + row as f32 * 0.085;
        let first = (view.chance(1032) * nations.len() as f32) as usize;
        let name = nations[(first + 3 * row as usize) % nations.len()];
        // The last result counts up while the shot runs.
        let points = (view.varied(1040 + row, 60.0, 99.0) - row as f32 * 4.0
            + if row == 3 { view.seconds * 0.5 } else { 0.0 }) as u32;
        view.fonts.write(
            painter,
            (face, &format!("{} {name}", row + 1)),
            (middle - 0.43, y),
            0.052,
            letters,
        );
        let text = format!("{points}.{}", (view.chance(1050 + row) * 10.0) as u32);
        let width = view.fonts.width(face, &text) * 0.052;
        view.fonts.write(
            painter,
            (face, &text),
            (middle + 0.43 - width, y),
            0.052,
            letters,
        );
    }
}
