//! Sports on grass and on the track.

use std::f32::consts::PI;

use super::{
    super::{
        figure::{Dress, Figure, Headwear, Pose},
        paint::{Ink, Painter, Place, ink},
    },
    View, setting,
};

/// A stadium around the lower part of the picture; gives where the ground begins.
fn stadium(painter: &mut Painter, view: &View, ground: Ink) -> f32 {
    let line = view.varied(100, 0.50, 0.58);
    setting::sky(painter, view, line);
    setting::floodlights(painter, view, line - 0.12);
    let is_full = view.chance(101) < 0.75;
    if is_full {
        setting::stands(
            painter,
            view,
            line - view.varied(102, 0.14, 0.24),
            line - 0.03,
        );
    } else {
        setting::trees(painter, view, line);
    }
    setting::ground(painter, view, line, ground);
    if is_full {
        setting::boards(painter, view, line - 0.035, 0.045);
    }
    line
}

fn grass(view: &View) -> Ink {
    view.pick(
        103,
        &[ink(0x4f9a3f), ink(0x6aa84a), ink(0x3f8745), ink(0x86a552)],
    )
}

/// The legs and arms of somebody who runs, `phase` in steps.
pub(super) fn running_pose(phase: f32) -> Pose {
    let swing = (phase * PI * 2.0).sin();
    let lift = (phase * PI * 2.0).cos();
    Pose {
        lean: 0.2,
        arms: [(0.9 * swing, 1.5), (-0.9 * swing, 1.5)],
        legs: [
            (
                -0.85 * swing + 0.15,
                0.5 + 0.7 * (1.0 - lift).max(0.0) * 0.6,
            ),
            (0.85 * swing + 0.15, 0.5 + 0.7 * (1.0 + lift).max(0.0) * 0.6),
        ],
    }
}

/// Archers draw their bows at targets.
pub(super) fn archery(painter: &mut Painter, view: &View) {
    let line = stadium(painter, view, grass(view));
    let facing = view.facing();
    let gap = 0.24;
    let places = view.places(gap);
    // Far targets stand before every archer.
    let goal = view.subject_x() + facing * (0.42 + gap * (places.len() as f32 - 1.0) / 2.0);
    target(painter, (goal, line + 0.13), 0.085);
    target(painter, (goal - facing * 0.26, line + 0.02), 0.042);
    for (person, (x, ground)) in places.iter().enumerate() {
        archer(painter, view, person, (*x, *ground));
    }
}

fn target(painter: &mut Painter, centre: Place, radius: f32) {
    let (x, y) = centre;
    let wood = ink(0x6b4a2c);
    painter.line(
        &[(x, y), (x - radius * 0.8, y + radius * 2.1)],
        radius * 0.14,
        wood,
    );
    painter.line(
        &[(x, y), (x + radius * 0.8, y + radius * 2.1)],
        radius * 0.14,
        wood,
    );
    let rings = [0xf4f2ea, 0x1d1d22, 0x2f86d4, 0xd8322c, 0xf6d62c];
    for (ring, colour) in rings.iter().enumerate() {
        painter.disc(centre, radius * (1.0 - ring as f32 * 0.2), ink(*colour));
    }
}

fn archer(painter: &mut Painter, view: &View, person: usize, (x, ground): Place) {
    // Draws for two seconds, holds, lets go.
    let cycle = (view.seconds * 0.3 + view.chance(130 + person as u32)).fract();
    let drawn = (cycle * 2.2).min(1.0);
    let is_loosed = cycle > 0.8;
    let pose = Pose {
        lean: -0.04,
        arms: [
            (PI / 2.0 + 0.02, 0.0),
            (PI / 2.0 - 1.5 * drawn, 1.9 * drawn),
        ],
        legs: [(-0.2, 0.0), (0.22, 0.0)],
    };
    let figure = Figure {
        dress: Dress::Trousers,
        headwear: if view.chance(140 + person as u32) < 0.5 {
            Headwear::SecondCap
        } else {
            Headwear::Hair
        },
        ..view.figure(person, (x, ground - 0.2), pose)
    }
    .standing_on(ground);
    let size = figure.height;
    let facing = figure.facing;
    let quiver = (figure.hip.0 - facing * 0.06 * size, figure.hip.1);
    painter.line(
        &[
            quiver,
            (quiver.0 - facing * 0.04 * size, quiver.1 + 0.16 * size),
        ],
        0.05 * size,
        view.second().shade(0.8),
    );
    let ends = figure.draw(painter);
    let hold = ends.hands[0];
    let bow = |angle: f32| {
        let reach = 0.36 * size;
        (
            hold.0 - facing * (1.0 - angle.cos()) * reach * 0.55,
            hold.1 + angle.sin() * reach,
        )
    };
    let limbs: Vec<_> = (-5..=5).map(|step| bow(step as f32 * 0.26)).collect();
    painter.line(&limbs, 0.022 * size, ink(0x7a4a22));
    let nock = if is_loosed {
        ((limbs[0].0 + limbs[10].0) / 2.0, hold.1)
    } else {
        ends.hands[1]
    };
    painter.line(&[limbs[0], nock, limbs[10]], 0.007 * size, ink(0xf0ece0));
    if !is_loosed {
        painter.line(
            &[nock, (hold.0 + facing * 0.06 * size, hold.1)],
            0.011 * size,
            ink(0x2b241e),
        );
    }
}

/// A match: players, ball, goal.
pub(super) fn football(painter: &mut Painter, view: &View) {
    let green = grass(view);
    let line = stadium(painter, view, green);
    let (left, _, right, bottom) = painter.view();
    for stripe in 0..7 {
        if stripe % 2 == 0 {
            let top = line + stripe as f32 * 0.07;
            if top < bottom {
                painter.rectangle(left, top, right - left, 0.07, green.shade(1.18).alpha(0.45));
            }
        }
    }
    let white = ink(0xf2f4ee);
    painter.line(&[(-1.2, line + 0.05), (1.2, line + 0.05)], 0.006, white);
    painter.ring((0.0, 0.80), 0.42, 0.10, 0.006, white);
    goal(painter, (view.facing() * 0.62, line + 0.06), 0.34);
    let places = view.places(0.21);
    let lead = places[places.len() / 2];
    for (person, place) in places.iter().enumerate() {
        let phase = view.seconds * 1.3 + view.chance(150 + person as u32);
        let x = place.0 + 0.03 * view.wave(0.2, view.chance(160 + person as u32));
        let figure = if person % 2 == 0 {
            view.figure(person, (x, place.1 - 0.2), running_pose(phase))
        } else {
            let other = view.opponent(person, (x, place.1 - 0.2), running_pose(phase));
            Figure {
                facing: view.facing(),
                ..other
            }
        };
        figure
            .standing_on(place.1 + 0.03 * (person % 3) as f32)
            .draw(painter);
    }
    let hop = 0.05 * view.wave(0.6, 0.0).abs();
    ball(
        painter,
        (lead.0 + view.facing() * 0.13, lead.1 - 0.005 - hop),
    );
}

fn ball(painter: &mut Painter, centre: Place) {
    painter.disc(centre, 0.026, ink(0xf8f8f6));
    painter.disc(centre, 0.010, ink(0x24242a));
    painter.ring(centre, 0.026, 0.026, 0.004, ink(0x50505a));
}

fn goal(painter: &mut Painter, (x, foot): Place, width: f32) {
    let high = width * 0.42;
    let net: Vec<_> = (0..=8)
        .flat_map(|step| {
            let share = step as f32 / 8.0;
            let across = x - width / 2.0 + width * share;
            let down = foot - high + high * share;
            [
                [(across, foot - high), (across, foot)],
                [(x - width / 2.0, down), (x + width / 2.0, down)],
            ]
        })
        .collect();
    painter.lines(
        net.iter().map(|line| &line[..]),
        0.002,
        ink(0xe8ecec).alpha(0.6),
    );
    let frame = [
        (x - width / 2.0, foot),
        (x - width / 2.0, foot - high),
        (x + width / 2.0, foot - high),
        (x + width / 2.0, foot),
    ];
    painter.line(&frame, 0.012, ink(0xfcfcfa));
}

fn track(painter: &mut Painter, view: &View) -> f32 {
    let red = view.pick(
        104,
        &[ink(0xc2543a), ink(0xa8442f), ink(0xc96a4c), ink(0x3f74b4)],
    );
    let line = stadium(painter, view, red);
    let lanes: Vec<_> = (0..7)
        .map(|lane| {
            let y = line + 0.05 + lane as f32 * lane as f32 * 0.011 + lane as f32 * 0.022;
            [(-1.3, y), (1.3, y)]
        })
        .collect();
    painter.lines(lanes.iter().map(|lane| &lane[..]), 0.005, ink(0xf4f0ea));
    line
}

/// Runners in their lanes.
pub(super) fn running(painter: &mut Painter, view: &View) {
    track(painter, view);
    let gap = if view.people() > 3 { 0.155 } else { 0.22 };
    for (person, (x, ground)) in view.places(gap).iter().enumerate() {
        let salt = person as u32;
        let phase = view.seconds * 1.5 + view.chance(170 + salt);
        let ahead = 0.03 * view.wave(0.13, view.chance(180 + salt));
        let lane = ground + 0.022 * (person % 3) as f32;
        let figure = view
            .figure(person, (x + ahead, lane - 0.2), running_pose(phase))
            .standing_on(lane - 0.012 * (phase * PI * 4.0).sin().abs());
        painter.ellipse((figure.hip.0, lane), 0.07, 0.009, ink(0x201410).alpha(0.35));
        figure.draw(painter);
        let bib = (figure.hip.0, figure.hip.1 - 0.15 * figure.height);
        let side = 0.075 * figure.height;
        painter.rectangle(
            bib.0 - side / 2.0,
            bib.1 - side / 2.0,
            side,
            side * 0.8,
            ink(0xfafaf6),
        );
    }
}

/// A long jump, slowed down, with the trail of the jumper and a mark of the replay.
pub(super) fn slow_motion(painter: &mut Painter, view: &View) {
    let line = track(painter, view);
    let sand = ink(0xe0c48c);
    painter.polygon(
        &[
            (-0.1, line + 0.22),
            (1.2, line + 0.22),
            (1.2, line + 0.36),
            (-0.2, line + 0.36),
        ],
        sand,
    );
    let facing = view.facing();
    let flight = 0.5 + 0.16 * view.wave(0.07, view.chance(190));
    // The jump passes the subject's place in its middle.
    let at = |progress: f32| {
        let x = view.subject_x() + facing * (progress - 0.5) * 0.5;
        (x, view.ground() - 0.27 - 0.16 * (progress * PI).sin())
    };
    let pose = |progress: f32| Pose {
        lean: -0.1 + 0.6 * progress,
        arms: [(2.6 - 1.8 * progress, 0.2), (2.2 - 1.2 * progress, 0.3)],
        legs: [
            (0.2 + 1.1 * progress, 0.5),
            (0.9 + 0.4 * progress, 0.6 - 0.4 * progress),
        ],
    };
    for ghost in (0..4_u8).rev() {
        let back = f32::from(ghost) * 0.085;
        let progress = (flight - back).max(0.0);
        let figure = view.figure(0, at(progress), pose(progress));
        let faded = |colour: Ink| {
            colour.alpha(if ghost == 0 {
                1.0
            } else {
                0.34 - 0.07 * f32::from(ghost)
            })
        };
        Figure {
            kit: faded(figure.kit),
            second: faded(figure.second),
            skin: faded(figure.skin),
            hair: faded(figure.hair),
            ..figure
        }
        .draw(painter);
    }
    let (left, top, right, bottom) = painter.view();
    let unit = (bottom - top) * 0.055;
    let corner = ((left + right) / 2.0 - unit * 4.4, top + unit * 1.2);
    painter.rectangle(
        corner.0 - unit * 0.5,
        corner.1 - unit * 0.4,
        unit * 9.6,
        unit * 1.9,
        ink(0x15151c).alpha(0.75).lamp(),
    );
    for arrow in 0..2 {
        let x = corner.0 + arrow as f32 * unit * 0.8;
        painter.polygon(
            &[
                (x + unit * 0.7, corner.1),
                (x, corner.1 + unit * 0.55),
                (x + unit * 0.7, corner.1 + unit * 1.1),
            ],
            ink(0xf6c52c).lamp(),
        );
    }
    let text = (super::super::lettering::Face::Headline, "SLOW MOTION");
    view.fonts.write_centred(
        painter,
        text,
        (corner.0 + unit * 5.4, corner.1 + unit * 0.95),
        (unit * 0.75, unit * 6.8),
        ink(0xffffff).lamp(),
    );
}
