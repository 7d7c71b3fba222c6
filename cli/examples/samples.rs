//! Writes the demo's sample files: five kinds of data, the same bytes on every run.
//!
//! They show the routes, not the strength: made data is easier than what people keep.

use std::fmt::Write as _;
use std::io::Result;
use std::path::Path;

/// Xorshift64 (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 32) % limit
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

const USERS: [&str; 8] = ["ada", "blaise", "carl", "donald", "emmy", "fritz", "grace", "hedy"];
const PATHS: [&str; 6] = ["/", "/search", "/cart", "/cart/checkout", "/api/v1/items", "/static/app.js"];

fn events(random: &mut Random) -> String {
    let mut text = String::new();
    for id in 0..8000u64 {
        let at = 1_700_000_000 + id * 7 + random.below(5);
        let (user, path, ms) = (random.pick(&USERS), random.pick(&PATHS), 3 + random.below(400));
        let kind = random.pick(&["view", "view", "view", "click", "buy"]);
        let _ = writeln!(
            text,
            r#"{{"id":{id},"at":{at},"user":{{"name":"{user}","admin":{}}},"kind":"{kind}","path":"{path}","ms":{ms}}}"#,
            user == "grace"
        );
    }
    text
}

fn log(random: &mut Random) -> String {
    let mut text = String::new();
    let mut second = 0;
    for _ in 0..9000 {
        second += random.below(4);
        let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
        let thread = random.below(16);
        let _ = write!(text, "2024-03-01 {hour:02}:{minute:02}:{:02} [worker-{thread}] ", second % 60);
        let _ = match random.below(10) {
            0 => writeln!(text, "WARN  retrying block blk_{} after {} ms", random.next(), 50 << random.below(5)),
            1 => writeln!(text, "ERROR connection to 10.0.{}.{} refused", random.below(4), random.below(256)),
            2..4 => writeln!(text, "INFO  {} signed in", random.pick(&USERS)),
            _ => writeln!(text, "INFO  GET {} 200 {} ms", random.pick(&PATHS), random.below(90)),
        };
    }
    text
}

fn table(random: &mut Random) -> String {
    let mut text = String::from("station,day,temperature,pressure,wind\n");
    let (mut temperature, mut pressure) = (120i64, 10_130i64);
    for day in 0..12_000 {
        temperature += random.below(21) as i64 - 10 - temperature / 40;
        pressure += random.below(31) as i64 - 15 - (pressure - 10_130) / 50;
        let (station, wind) = (day % 6, random.below(120));
        let _ = writeln!(
            text,
            "ST{station:02},{},{}.{},{}.{},{wind}",
            day / 6,
            temperature / 10,
            (temperature % 10).abs(),
            pressure / 10,
            pressure % 10
        );
    }
    text
}

/// A grey picture: soft hills, a hard-edged disc, a little noise.
fn picture(random: &mut Random) -> Vec<u8> {
    const SIDE: i64 = 768;
    let mut bytes = format!("P5\n{SIDE} {SIDE}\n255\n").into_bytes();
    for y in 0..SIDE {
        for x in 0..SIDE {
            let hill = |cx: i64, cy: i64, width: i64| 9000 * width / ((x - cx).pow(2) + (y - cy).pow(2) + 100 * width);
            let disc = if (x - 500).pow(2) + (y - 300).pow(2) < 14_400 { 60 } else { 0 };
            let grey = 40 + hill(200, 200, 300) + hill(600, 620, 500) + y / 16 + disc + random.below(4) as i64;
            bytes.push(grey.clamp(0, 255) as u8);
        }
    }
    bytes
}

/// Four seconds of 44.1 kHz stereo: three decaying oscillators (y'' = -w² y in fixed point) and a little noise.
fn tone(random: &mut Random) -> Vec<u8> {
    const FRAMES: u32 = 4 * 44_100;
    let data = FRAMES * 4;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16u32.to_le_bytes());
    bytes.extend([1, 0, 2, 0]);
    bytes.extend(44_100u32.to_le_bytes());
    bytes.extend((44_100u32 * 4).to_le_bytes());
    bytes.extend([4, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    // (position, speed, stiffness of 2^-24)
    let mut oscillators = [(6_000_000i64, 0i64, 16_500i64), (0, 300_000, 66_000), (2_000_000, 0, 150_000)];
    for frame in 0..FRAMES {
        let mut sum = 0;
        for (position, speed, stiffness) in &mut oscillators {
            *speed -= (*position * *stiffness) >> 24;
            *speed -= *speed >> 17;
            *position += *speed;
            sum += *position;
        }
        if frame % 44_100 == 0 {
            oscillators[1].1 += 200_000;
        }
        for pan in [3, 2] {
            let sample = (sum * pan / 4 / 512 + random.below(16) as i64).clamp(-32_768, 32_767) as i16;
            bytes.extend(sample.to_le_bytes());
        }
    }
    bytes
}

fn main() -> Result<()> {
    let dir = std::env::args_os().nth(1).expect("usage: samples DIR");
    let dir = Path::new(&dir);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join("events.jsonl"), events(&mut random))?;
    std::fs::write(dir.join("server.log"), log(&mut random))?;
    std::fs::write(dir.join("weather.csv"), table(&mut random))?;
    std::fs::write(dir.join("picture.pgm"), picture(&mut random))?;
    std::fs::write(dir.join("tone.wav"), tone(&mut random))
}
