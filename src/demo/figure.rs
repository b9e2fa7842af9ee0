//! A person, drawn from the angles of the joints.

use super::paint::{Ink, Painter, Place, ink};

/// The angles of the joints, in radians.
///
/// Limbs hang straight down at 0 and swing forward, the way the person faces, with growing angles.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Pose {
    /// How far the trunk leans forward.
    pub(crate) lean: f32,
    /// Upper arm and how far the elbow bends forward: the far arm, then the near one.
    pub(crate) arms: [(f32, f32); 2],
    /// Thigh and how far the knee bends backward: the far leg, then the near one.
    pub(crate) legs: [(f32, f32); 2],
}

/// What a person wears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    /// Shirt and shorts.
    Shorts,
    /// Shirt with long sleeves and trousers.
    Trousers,
    /// One suit of one colour from neck to ankle.
    Suit,
    /// Swimwear.
    Swimwear,
}

/// What a person has on the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headwear {
    /// Hair.
    Hair,
    /// A cap or a helmet of that kind of colour: the kit's.
    KitCap,
    /// A cap or a helmet in the second colour.
    SecondCap,
    /// A mask of wire.
    Mask,
}

/// A person to draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// Where the hip is.
    pub(crate) hip: Place,
    /// Height of the standing person.
    pub(crate) height: f32,
    /// 1 faces right, -1 left.
    pub(crate) facing: f32,
    /// Whether the person is seen from the front: arms and legs then mirror each other.
    pub(crate) is_front: bool,
    /// The turn of the whole person about the hip, clockwise.
    pub(crate) turn: f32,
    /// The joints.
    pub(crate) pose: Pose,
    /// Shirt.
    pub(crate) kit: Ink,
    /// Shorts, trousers and trim.
    pub(crate) second: Ink,
    /// Skin.
    pub(crate) skin: Ink,
    /// Hair.
    pub(crate) hair: Ink,
    /// Clothes.
    pub(crate) dress: Dress,
    /// Head.
    pub(crate) headwear: Headwear,
}

/// Shares of a person's height.
const THIGH: f32 = 0.245;
const SHIN: f32 = 0.245;
const TRUNK: f32 = 0.30;
const UPPER_ARM: f32 = 0.165;
const FOREARM: f32 = 0.155;
const HEAD_RADIUS: f32 = 0.078;
const NECK: f32 = 0.105;

/// Where hands, feet and head of a drawn person are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// The far hand, then the near one.
    pub(crate) hands: [Place; 2],
    /// The far foot, then the near one.
    pub(crate) feet: [Place; 2],
    /// The middle of the head.
    pub(crate) head: Place,
    /// The shoulders' middle.
    pub(crate) neck: Place,
}

struct Joints {
    shoulders: [Place; 2],
    elbows: [Place; 2],
    hips: [Place; 2],
    knees: [Place; 2],
    ends: Ends,
}

impl Figure {
    /// Moves the person so that the lower foot stands on `ground`.
    pub(crate) fn standing_on(mut self, ground: f32) -> Self {
        let feet = self.joints().ends.feet;
        // Half a shoe is below the ankle.
        self.hip.1 += ground - feet[0].1.max(feet[1].1) - 0.02 * self.height;
        self
    }

    /// Where hands, feet and head are.
    pub(crate) fn ends(&self) -> Ends {
        self.joints().ends
    }

    fn joints(&self) -> Joints {
        let place = |forward: f32, up: f32| {
            let (x, y) = (forward * self.facing * self.height, -up * self.height);
            let (sine, cosine) = self.turn.sin_cos();
            (
                self.hip.0 + x * cosine - y * sine,
                self.hip.1 + x * sine + y * cosine,
            )
        };
        let neck = (self.pose.lean.sin() * TRUNK, self.pose.lean.cos() * TRUNK);
        let breadth = if self.is_front { 1.0 } else { 0.25 };
        let (mut shoulders, mut elbows, mut hands) =
            ([(0.0, 0.0); 2], [(0.0, 0.0); 2], [(0.0, 0.0); 2]);
        let (mut hips, mut knees, mut feet) = ([(0.0, 0.0); 2], [(0.0, 0.0); 2], [(0.0, 0.0); 2]);
        for limb in 0..2 {
            let side = if limb == 0 { -1.0 } else { 1.0 };
            // From the front the limbs swing away from the middle.
            let swing = if self.is_front { side } else { 1.0 };
            let (upper, bend) = self.pose.arms[limb];
            let shoulder = (neck.0 + side * 0.085 * breadth, neck.1 - 0.02);
            let elbow = (
                shoulder.0 + swing * upper.sin() * UPPER_ARM,
                shoulder.1 - upper.cos() * UPPER_ARM,
            );
            let lower = upper + bend;
            let hand = (
                elbow.0 + swing * lower.sin() * FOREARM,
                elbow.1 - lower.cos() * FOREARM,
            );
            let (thigh, knee_bend) = self.pose.legs[limb];
            let hip = (side * 0.045 * breadth, 0.0);
            let knee = (
                hip.0 + swing * thigh.sin() * THIGH,
                hip.1 - thigh.cos() * THIGH,
            );
            let shin = thigh - knee_bend;
            let foot = (
                knee.0 + swing * shin.sin() * SHIN,
                knee.1 - shin.cos() * SHIN,
            );
            shoulders[limb] = place(shoulder.0, shoulder.1);
            elbows[limb] = place(elbow.0, elbow.1);
            hands[limb] = place(hand.0, hand.1);
            hips[limb] = place(hip.0, hip.1);
            knees[limb] = place(knee.0, knee.1);
            feet[limb] = place(foot.0, foot.1);
        }
        let head_lean = self.pose.lean * 0.6;
        let head = place(
            neck.0 + head_lean.sin() * NECK + if self.is_front { 0.0 } else { 0.012 },
            neck.1 + head_lean.cos() * NECK,
        );
        Joints {
            shoulders,
            elbows,
            hips,
            knees,
            ends: Ends {
                hands,
                feet,
                head,
                neck: place(neck.0, neck.1),
            },
        }
    }

    /// Draws the person and says where hands, feet and head are.
    pub(crate) fn draw(&self, painter: &mut Painter) -> Ends {
        let joints = self.joints();
        self.limbs(painter, &joints, 0);
        self.trunk(painter, &joints);
        self.head(painter, joints.ends.head);
        self.limbs(painter, &joints, 1);
        joints.ends
    }

    fn limbs(&self, painter: &mut Painter, joints: &Joints, limb: usize) {
        let size = self.height;
        // The far limbs lie in the shadow of the trunk.
        let shade = if limb == 0 && !self.is_front {
            0.78
        } else {
            1.0
        };
        let skin = self.skin.shade(shade);
        let (thigh, shin) = match self.dress {
            Dress::Shorts => (self.second, skin),
            Dress::Trousers => (self.second, self.second),
            Dress::Suit => (self.kit, self.kit),
            Dress::Swimwear => (skin, skin),
        };
        let (sleeve, forearm) = match self.dress {
            Dress::Shorts => (self.kit, skin),
            Dress::Trousers | Dress::Suit => (self.kit, self.kit),
            Dress::Swimwear => (skin, skin),
        };
        let (knee, foot) = (joints.knees[limb], joints.ends.feet[limb]);
        painter.line(&[knee, foot], 0.055 * size, shin.shade(shade));
        painter.line(&[joints.hips[limb], knee], 0.078 * size, thigh.shade(shade));
        let barefoot = self.dress == Dress::Swimwear;
        let shoe = if barefoot {
            skin
        } else {
            ink(0x2b2b33).mix(self.second, 0.35)
        };
        let along = (
            (foot.0 - knee.0) / (SHIN * size),
            (foot.1 - knee.1) / (SHIN * size),
        );
        // A foot stands at a right angle to the shin; from the front it is seen short.
        let reach = if self.is_front { 0.012 } else { 0.055 } * size * self.facing;
        let toe = (
            foot.0 + along.1 * reach + along.0 * 0.008 * size,
            foot.1 - along.0 * reach + along.1 * 0.008 * size,
        );
        painter.line(&[foot, toe], 0.046 * size, shoe.shade(shade));
        let (elbow, hand) = (joints.elbows[limb], joints.ends.hands[limb]);
        painter.line(&[elbow, hand], 0.042 * size, forearm.shade(shade));
        painter.line(
            &[joints.shoulders[limb], elbow],
            0.056 * size,
            sleeve.shade(shade),
        );
        painter.disc(hand, 0.027 * size, skin);
    }

    fn trunk(&self, painter: &mut Painter, joints: &Joints) {
        let size = self.height;
        let neck = joints.ends.neck;
        let skin = self.skin;
        painter.line(&[neck, joints.ends.head], 0.055 * size, skin.shade(0.9));
        let (kit, lower) = match self.dress {
            Dress::Swimwear => (skin, self.kit),
            Dress::Suit => (self.kit, self.kit),
            _ => (self.kit, self.second),
        };
        let half = if self.is_front { 0.045 } else { 0.01 } * size;
        let hip = self.hip;
        let (across, down) = (self.turn.cos(), self.turn.sin());
        let (left, right) = (
            (hip.0 - half * across, hip.1 - half * down),
            (hip.0 + half * across, hip.1 + half * down),
        );
        painter.line(&[left, right], 0.105 * size, lower);
        if self.is_front {
            let chest = [joints.shoulders[0], joints.shoulders[1], right, left];
            painter.line(
                &[chest[0], chest[1], chest[2], chest[3], chest[0]],
                0.06 * size,
                kit,
            );
            painter.polygon(&chest, kit);
        } else {
            painter.line(&[neck_base(neck, hip), hip], 0.125 * size, kit);
        }
        match self.dress {
            // A belt of the second colour, or the straps of a swimsuit.
            Dress::Suit => painter.line(&[left, right], 0.05 * size, self.second),
            Dress::Swimwear => {
                let chest = between(hip, neck, if self.is_front { 0.45 } else { 0.6 });
                painter.line(&[chest, hip], 0.118 * size, self.kit);
                painter.line(
                    &[between(hip, neck, 0.35), between(hip, neck, 0.42)],
                    0.12 * size,
                    self.second,
                );
            }
            _ => {
                let low = between(hip, neck, 0.48);
                painter.line(&[low, between(hip, neck, 0.56)], 0.1 * size, self.second);
            }
        }
    }

    fn head(&self, painter: &mut Painter, head: Place) {
        let radius = HEAD_RADIUS * self.height;
        let (sine, cosine) = self.turn.sin_cos();
        let off = |forward: f32, up: f32| {
            let (x, y) = (forward * self.facing * radius, -up * radius);
            (
                head.0 + x * cosine - y * sine,
                head.1 + x * sine + y * cosine,
            )
        };
        let back = if self.is_front { 0.0 } else { -0.22 };
        let cover = match self.headwear {
            Headwear::Hair => self.hair,
            Headwear::KitCap => self.kit,
            Headwear::SecondCap => self.second,
            Headwear::Mask => ink(0x5b606b),
        };
        painter.disc(off(back, 0.16), radius * 1.04, cover);
        if self.headwear == Headwear::Mask {
            painter.disc(head, radius * 1.08, ink(0x3b3f49));
            painter.ellipse(off(0.2, 0.0), radius * 0.62, radius * 0.8, ink(0x767c89));
            return;
        }
        painter.ellipse(
            off(-0.4 * back, -0.14),
            radius * 0.86,
            radius * 0.92,
            self.skin,
        );
        painter.line(
            &[off(-0.75 + back, 0.42), off(0.6, 0.52)],
            radius * 0.4,
            cover,
        );
        // Eyes and mouth would be less than a pixel in a wide shot.
        if radius * painter.pixels_per_unit() > 3.5 {
            let dark = ink(0x241a18);
            let eyes: &[f32] = if self.is_front {
                &[-0.36, 0.36]
            } else {
                &[0.25, 0.72]
            };
            for eye in eyes {
                painter.ellipse(off(*eye, 0.02), radius * 0.1, radius * 0.14, dark);
            }
            let mouth = if self.is_front {
                (-0.25, 0.25)
            } else {
                (0.3, 0.68)
            };
            painter.line(
                &[off(mouth.0, -0.5), off(mouth.1, -0.48)],
                radius * 0.1,
                ink(0x8c3b36),
            );
        }
    }
}

fn neck_base(neck: Place, hip: Place) -> Place {
    between(neck, hip, 0.12)
}

fn between(from: Place, to: Place, share: f32) -> Place {
    (
        from.0 + (to.0 - from.0) * share,
        from.1 + (to.1 - from.1) * share,
    )
}
