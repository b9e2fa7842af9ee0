//! Sports in a hall: ring, piste, beam, platform.

use std::f32::consts::PI;

use super::{
    super::{
        attributes::ShotSize,
        figure::{Dress, Figure, Headwear, Pose},
        paint::{Painter, Place, ink},
    },
    View, setting,
};

/// Two boxers between ropes.
pub(super) fn boxing(painter: &mut Painter, view: &View) {
    let floor = 0.62;
    setting::hall(painter, view, floor);
    setting::ground(painter, view, floor, ink(0x3a3a44));
    let canvas = view.pick(
        200,
        &[ink(0x9fb4c8), ink(0xcdbb98), ink(0xd8dade), ink(0x86a8a0)],
    );
    painter.polygon(
        &[(-0.62, floor), (0.62, floor), (0.86, 0.90), (-0.86, 0.90)],
        canvas,
    );
    painter.polygon(
        &[(-0.86, 0.90), (0.86, 0.90), (0.86, 1.2), (-0.86, 1.2)],
        ink(0x25345c),
    );
    let posts = [(-0.62, floor), (0.62, floor)];
    for (post, (x, foot)) in posts.iter().enumerate() {
        let colour = if post == 0 {
            ink(0xc8282c)
        } else {
            ink(0x2450b8)
        };
        painter.rectangle(x - 0.015, foot - 0.27, 0.03, 0.27, colour);
    }
    for rope in 0..4 {
        let y = floor - 0.06 - rope as f32 * 0.058;
        let colour = if rope % 2 == 0 {
            ink(0xf2f2f0)
        } else {
            ink(0xd03434)
        };
        painter.line(&[(-0.62, y), (0.62, y)], 0.009, colour);
    }
    let middle = view.subject_x();
    let facing = view.facing();
    for person in [1, 0] {
        let sign = if person == 0 { -facing } else { facing };
        let punch = view
            .wave(0.9, 0.5 * person as f32 + view.chance(201))
            .max(0.0);
        let bob = 0.006 * view.wave(1.6, view.chance(202 + person as u32));
        let pose = Pose {
            lean: 0.22 + 0.12 * punch,
            arms: [(0.9, 1.7), (1.0 + 0.55 * punch, 1.6 * (1.0 - punch))],
            legs: [(0.35, 0.4), (-0.3, 0.35)],
        };
        let hip = (middle + sign * 0.125, view.ground() - 0.2);
        let base = if person == 0 {
            view.figure(0, hip, pose)
        } else {
            view.opponent(1, hip, pose)
        };
        let figure = Figure {
            headwear: Headwear::KitCap,
            second: if person == 0 {
                base.kit.shade(0.8)
            } else {
                base.kit.shade(0.75)
            },
            ..base
        }
        .standing_on(view.ground() + bob);
        let ends = figure.draw(painter);
        for hand in ends.hands {
            painter.disc(hand, 0.062 * figure.height, figure.kit.shade(0.92));
            painter.ring(
                hand,
                0.062 * figure.height,
                0.062 * figure.height,
                0.008 * figure.height,
                ink(0x1a1418).alpha(0.6),
            );
        }
    }
    // The ropes in front, low enough to leave faces free.
    for rope in 0..2 {
        let y = 0.86 - rope as f32 * 0.075;
        painter.line(
            &[(-0.9, y), (0.9, y)],
            0.013,
            ink(if rope == 0 { 0xe8e8e8 } else { 0xc93030 }),
        );
    }
}

/// Two fencers on a piste.
pub(super) fn fencing(painter: &mut Painter, view: &View) {
    let floor = 0.60;
    setting::hall(painter, view, floor);
    let boards = view.pick(210, &[ink(0x47505e), ink(0x5c4a3c), ink(0x2f4a52)]);
    setting::ground(painter, view, floor, boards);
    painter.polygon(
        &[(-1.2, 0.755), (1.2, 0.755), (1.3, 0.875), (-1.3, 0.875)],
        ink(0xa9b0ba),
    );
    for x in [-0.5, 0.0, 0.5] {
        painter.line(&[(x, 0.755), (x * 1.05, 0.875)], 0.008, ink(0xf2f2f2));
    }
    let middle = view.subject_x() + 0.03 * view.wave(0.4, view.chance(211));
    let facing = view.facing();
    for person in [1, 0] {
        let sign = if person == 0 { -facing } else { facing };
        let lunge = view
            .wave(0.55, 0.4 * person as f32 + view.chance(212))
            .max(0.0);
        let pose = Pose {
            lean: 0.05 + 0.25 * lunge,
            arms: [
                (-0.9 - 0.4 * lunge, 1.7 * (1.0 - lunge)),
                (1.1 + 0.4 * lunge, 0.5 * (1.0 - lunge)),
            ],
            legs: [
                (-0.45 - 0.4 * lunge, 0.15),
                (0.5 + 0.55 * lunge, 0.5 + 0.4 * lunge),
            ],
        };
        let hip = (middle + sign * (0.205 - 0.03 * lunge), 0.6);
        let base = if person == 0 {
            view.figure(0, hip, pose)
        } else {
            view.opponent(1, hip, pose)
        };
        let figure = Figure {
            dress: Dress::Suit,
            headwear: Headwear::Mask,
            second: base.kit.shade(0.7),
            ..base
        }
        .standing_on(view.ground());
        let ends = figure.draw(painter);
        let hand = ends.hands[1];
        let size = figure.height;
        painter.disc(hand, 0.04 * size, ink(0xd8d8dc));
        let tip = (
            hand.0 + figure.facing * 0.46 * size,
            hand.1 - 0.05 * size + 0.05 * size * view.wave(1.3, 0.3 * person as f32),
        );
        painter.line(&[hand, tip], 0.012 * size, ink(0xf0f2f6));
    }
}

/// A gymnast on the beam.
pub(super) fn gymnastics(painter: &mut Painter, view: &View) {
    let floor = 0.70;
    setting::hall(painter, view, floor);
    let mat = view.pick(
        220,
        &[ink(0x3c6fb0), ink(0x6a9a7a), ink(0xb07a58), ink(0x7d6ba6)],
    );
    setting::ground(painter, view, floor, mat);
    let beam = view.ground();
    painter.rectangle(-0.85, beam, 1.7, 0.032, ink(0xd8b27a));
    painter.rectangle(-0.85, beam + 0.032, 1.7, 0.012, ink(0x8a6a40));
    for x in [-0.55, 0.55] {
        painter.polygon(
            &[
                (x - 0.02, beam + 0.04),
                (x + 0.02, beam + 0.04),
                (x + 0.07, 0.92),
                (x - 0.07, 0.92),
            ],
            ink(0x5a6270),
        );
    }
    // Upside down the face would be out of a close-up.
    let is_close = view.scene.shot_size == Some(ShotSize::CloseUp);
    let routine = view.pick(221, if is_close { &[0, 2] } else { &[0, 1, 2] });
    let sway = 0.06 * view.wave(0.5, view.chance(222));
    let (pose, turn) = match routine {
        // A scale: one leg high behind.
        0 => (
            Pose {
                lean: 0.75 + sway,
                arms: [(2.4, 0.0), (2.0, 0.0)],
                legs: [(-1.55 + sway, 0.0), (0.0, 0.0)],
            },
            0.0,
        ),
        // A handstand with split legs.
        1 => (
            Pose {
                lean: 0.0,
                arms: [(PI - 0.05, 0.0), (PI + 0.05, 0.0)],
                legs: [(-1.0 + sway, 0.0), (1.0 + sway, 0.0)],
            },
            PI + sway,
        ),
        // On one foot, arms spread.
        _ => (
            Pose {
                lean: sway,
                arms: [(-1.7, 0.0), (1.7, 0.0)],
                legs: [(0.9, 1.6), (0.0, 0.0)],
            },
            0.0,
        ),
    };
    let x = view.subject_x() + 0.04 * view.wave(0.15, view.chance(223));
    let figure = Figure {
        dress: Dress::Swimwear,
        turn,
        ..view.figure(0, (x, beam - 0.2), pose)
    };
    let figure = if routine == 1 {
        let hands = figure.ends().hands;
        let drop = beam - hands[0].1.max(hands[1].1);
        Figure {
            hip: (x, figure.hip.1 + drop),
            ..figure
        }
    } else {
        figure.standing_on(beam)
    };
    figure.draw(painter);
}

/// A weightlifter with the barbell above the head, or on its way there.
pub(super) fn weightlifting(painter: &mut Painter, view: &View) {
    let floor = 0.66;
    setting::hall(painter, view, floor);
    setting::ground(
        painter,
        view,
        floor,
        view.pick(230, &[ink(0x6a5848), ink(0x4f5a66), ink(0x7a6a50)]),
    );
    painter.polygon(
        &[(-0.55, 0.76), (0.55, 0.76), (0.68, 0.90), (-0.68, 0.90)],
        view.pick(231, &[ink(0xb88a54), ink(0x8f9aa8), ink(0x4b6a9a)]),
    );
    let lift = ((view.seconds * 0.28 + view.chance(232)).fract() * 2.4).min(1.0);
    let shake = 0.01 * view.wave(6.0, 0.0);
    let pose = Pose {
        lean: 0.0,
        arms: [
            (1.0 + 1.75 * lift + shake, 1.4 * (1.0 - lift)),
            (1.0 + 1.75 * lift - shake, 1.4 * (1.0 - lift)),
        ],
        legs: [
            (0.25 + 0.5 * (1.0 - lift), 0.9 * (1.0 - lift)),
            (0.25 + 0.5 * (1.0 - lift), 0.9 * (1.0 - lift)),
        ],
    };
    let figure = Figure {
        is_front: true,
        facing: 1.0,
        ..view.figure(0, (view.subject_x(), 0.6), pose)
    }
    .standing_on(view.ground());
    let ends = figure.draw(painter);
    let size = figure.height;
    let y = (ends.hands[0].1 + ends.hands[1].1) / 2.0;
    let x = view.subject_x();
    painter.line(
        &[(x - 0.52 * size, y), (x + 0.52 * size, y)],
        0.02 * size,
        ink(0xc6ccd4),
    );
    for side in [-1.0, 1.0] {
        for (plate, (colour, high)) in [(0xc92f2f, 0.17), (0x2456b0, 0.17), (0xe2b82e, 0.13)]
            .iter()
            .enumerate()
        {
            let at: Place = (x + side * (0.40 + 0.045 * plate as f32) * size, y);
            painter.line(
                &[(at.0, at.1 - high * size), (at.0, at.1 + high * size)],
                0.036 * size,
                ink(*colour),
            );
        }
    }
}
