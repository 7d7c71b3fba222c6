//! What templates are filled with: words, sentences and strings of source code from the corpora, and made-up names and numbers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Xorshift64 (Marsaglia 2003).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 20) % limit.max(1)
    }

    /// One of `of`.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}

/// The files under `folder` whose names end in one of `endings` (of none: all), sorted.
pub fn files(folder: &Path, endings: &[&str]) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if endings.is_empty() || endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The material.
pub struct Words {
    random: Random,
    /// String literals of source code with a space in them.
    literals: Vec<String>,
    sentences: Vec<String>,
    words: Vec<String>,
    idents: Vec<String>,
}

const FIRST: [&str; 24] = [
    "James", "Mary", "John", "Linda", "Robert", "Susan", "Michael", "Karen", "David", "Nancy", "Thomas", "Lisa",
    "Daniel", "Anna", "Mark", "Laura", "Paul", "Julia", "Peter", "Maria", "Chris", "Sarah", "Kevin", "Emma",
];
const LAST: [&str; 20] = [
    "Smith", "Johnson", "Brown", "Miller", "Davis", "Wilson", "Moore", "Taylor", "Anderson", "Thomas", "Jackson",
    "White", "Harris", "Martin", "Clark", "Lewis", "Lee", "Walker", "Young", "King",
];
const CITIES: [&str; 16] = [
    "London",
    "Berlin",
    "Paris",
    "New York",
    "San Francisco",
    "Tokyo",
    "Madrid",
    "Rome",
    "Vienna",
    "Boston",
    "Chicago",
    "Seattle",
    "Sydney",
    "Toronto",
    "Amsterdam",
    "Dublin",
];
const USERS: [&str; 16] = [
    "root", "admin", "test", "guest", "oracle", "postgres", "www-data", "ubuntu", "user", "nagios", "git", "mysql",
    "deploy", "alice", "bob", "support",
];
const HOSTS: [&str; 12] = [
    "localhost",
    "server1",
    "web01",
    "db-master",
    "node3",
    "ip-10-0-0-12",
    "gateway",
    "mail",
    "app-7f9c",
    "worker-2",
    "host",
    "combo2",
];
const TOPS: [&str; 8] = ["com", "com", "com", "org", "net", "io", "de", "co.uk"];
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LEVELS: [&str; 8] = ["INFO", "INFO", "INFO", "INFO", "WARN", "ERROR", "DEBUG", "FATAL"];
const PACKAGES: [&str; 10] = [
    "org.apache",
    "com.example",
    "org.springframework",
    "java.util",
    "java.lang",
    "java.io",
    "org.eclipse",
    "com.google.common",
    "io.netty",
    "org.hibernate",
];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.110 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:95.0) Gecko/20100101 Firefox/95.0",
    "curl/7.68.0",
    "Mozilla/5.0 (compatible; bot/2.1; +http://www.example.com/bot.html)",
];
const FOLDERS: [&str; 12] = [
    "/var/www/html",
    "/usr/local/apache/htdocs",
    "/var/log",
    "/etc/httpd/conf",
    "/usr/lib",
    "/usr/bin",
    "/home/user",
    "/opt/app",
    "/tmp",
    "/etc/apache2",
    "/srv/www",
    "/var/lib",
];

impl Words {
    /// Gathers from the corpora below `train`.
    pub fn gather(train: &Path, seed: u64) -> std::io::Result<Words> {
        let mut random = Random(seed);
        let mut words =
            Words { random: Random(seed), literals: vec![], sentences: vec![], words: vec![], idents: vec![] };
        for path in files(train, &[".py", ".go", ".java", ".js", ".ts", ".rs"])? {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            text.split('\n').for_each(|line| words.take_code(line));
        }
        for path in files(&train.join("docs_en"), &[".md", ".rst", ".txt"])? {
            let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
            for line in text.split('\n').filter(|line| (20..110).contains(&line.len())) {
                let line = line.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '.');
                if line.is_ascii() && line.contains(' ') && !line.contains(['"', '\\']) && random.below(4) == 0 {
                    words.sentences.push(line.to_owned());
                    words.words.extend(
                        line.split(' ')
                            .filter(|word| {
                                (3..12).contains(&word.len())
                                    && word.bytes().all(|b| b.is_ascii_lowercase())
                                    && random.below(8) == 0
                            })
                            .map(str::to_owned),
                    );
                }
            }
        }
        Ok(words)
    }

    fn take_code(&mut self, line: &str) {
        for (number, part) in line.split('"').enumerate() {
            let plain = part.is_ascii() && !part.contains(['\\', '<', '\t']);
            if number % 2 == 1 && plain && (10..90).contains(&part.len()) && part.trim().contains(' ') {
                self.literals.push(part.trim().to_owned());
            }
        }
        let starts = line.trim_start();
        if let Some(name) = ["def ", "fn ", "func ", "function ", "let ", "const ", "self."]
            .iter()
            .find_map(|key| starts.strip_prefix(key))
        {
            let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            if (3..24).contains(&name.len()) {
                self.idents.push(name);
            }
        }
    }

    /// A choice.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.random.below(limit)
    }

    fn of(&mut self, list: &[&str]) -> String {
        (*self.random.pick(list)).to_owned()
    }

    fn word(&mut self) -> String {
        self.random.pick(&self.words).clone()
    }

    fn ident(&mut self) -> String {
        self.random.pick(&self.idents).clone()
    }

    /// A string of source code, with numbers and names where it formats them.
    fn msg(&mut self) -> String {
        let literal = self.random.pick(&self.literals).clone();
        let mut out = String::new();
        let mut rest = literal.as_str();
        while let Some(at) = rest.find(['%', '{']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            let end = if tail.starts_with('{') { tail.find('}').map(|end| end + 1) } else { Some(2.min(tail.len())) };
            let Some(end) = end.filter(|&end| tail.is_char_boundary(end)) else { break };
            match (&tail[..end], self.below(3)) {
                ("%d" | "%i" | "%u", _) | (_, 0) => {
                    let number = self.number(6);
                    out.push_str(&number);
                }
                (_, 1) => out.push_str(&self.word()),
                _ => out.push_str(&self.ident()),
            }
            rest = &tail[end..];
        }
        out + rest
    }

    fn number(&mut self, digits: u32) -> String {
        let digits = 1 + self.below(u64::from(digits)) as u32;
        self.below(10u64.pow(digits)).to_string()
    }

    fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(b"0123456789abcdef"[self.below(16) as usize])).collect()
    }

    fn class(&mut self) -> String {
        let parts = 1 + self.below(3);
        (0..parts).map(|_| capital(&self.word())).collect()
    }

    fn ip(&mut self) -> String {
        let [a, b, c, d] = [1 + self.below(223), self.below(256), self.below(256), self.below(256)];
        match self.below(4) {
            0 => format!("192.168.{c}.{d}"),
            1 => format!("10.{b}.{c}.{d}"),
            _ => format!("{a}.{b}.{c}.{d}"),
        }
    }

    fn domain(&mut self) -> String {
        let name = if self.below(3) == 0 { format!("{}-{}", self.word(), self.word()) } else { self.word() };
        format!("{name}.{}", self.of(&TOPS))
    }

    fn user(&mut self) -> String {
        match self.below(4) {
            0 => self.of(&USERS),
            1 => self.of(&FIRST).to_lowercase(),
            2 => format!("{}{}", self.word(), self.below(100)),
            _ => self.word(),
        }
    }

    /// What stands for the placeholder `name`.
    pub fn fill(&mut self, name: &str) -> String {
        if let Some(time) = self.time(name) {
            return time;
        }
        match name {
            "msg" => self.msg(),
            "sentence" => self.random.pick(&self.sentences).clone(),
            "word" => self.word(),
            "Word" => capital(&self.word()),
            "WORD" => self.word().to_uppercase(),
            "ident" => self.ident(),
            "Cls" => self.class(),
            "pkg" => format!("{}.{}", self.of(&PACKAGES), self.word()),
            "class" => format!("{}.{}.{}", self.of(&PACKAGES), self.word(), self.class()),
            "thread" => match self.below(4) {
                0 => "main".into(),
                1 => format!("{}-{}", self.word(), self.below(30)),
                2 => format!("pool-{}-thread-{}", self.below(9), self.below(40)),
                _ => format!("{} #{}", self.class(), self.below(20)),
            },
            "LEVEL" => self.of(&LEVELS),
            "First" => self.of(&FIRST),
            "Last" => self.of(&LAST),
            "City" => self.of(&CITIES),
            "user" => self.user(),
            "host" => self.of(&HOSTS),
            "domain" => self.domain(),
            "ip" => self.ip(),
            "port" => (1024 + self.below(64_000)).to_string(),
            "pid" => (1 + self.below(32_000)).to_string(),
            "pid4" => (1000 + self.below(9000)).to_string(),
            "path" => format!("{}/{}", self.of(&FOLDERS), self.word()),
            "webpath" => format!("{}/{}", self.of(&FOLDERS[..2]), self.word()),
            "confpath" => format!("{}/{}.(conf)", self.of(&FOLDERS), self.word())
                .replace("(conf)", ["conf", "properties", "cfg", "xml"][self.below(4) as usize]),
            "file" => format!("{}.{}", self.word(), ["php", "html", "cgi", "js", "png"][self.below(5) as usize]),
            "webq" => match self.below(4) {
                0 => "/".into(),
                1 => format!("/{}/{}?id={}", self.word(), self.word(), self.below(1000)),
                2 => format!("/{}.php", self.word()),
                _ => format!("/{}/{}", self.word(), self.word()),
            },
            "url" => format!("http://www.{}/{}", self.domain(), self.word()),
            "agent" => self.of(&AGENTS),
            "d" => self.below(10).to_string(),
            "dd" => (10 + self.below(90)).to_string(),
            "int" => self.number(6),
            "float" => format!("{}.{:04}", self.below(180), self.below(10_000)),
            "uuid" => [8, 4, 4, 4, 12].map(|digits| self.hex(digits)).join("-"),
            _ => self.sized(name),
        }
    }

    /// Placeholders with a length: `int9`, `hex32`, `HEX6`.
    fn sized(&mut self, name: &str) -> String {
        let (kind, digits) = name.split_at(name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len()));
        let digits: usize = digits.parse().unwrap_or_else(|_| panic!("no placeholder <{name}>"));
        match kind {
            "int" => {
                let least = 10u64.pow(digits as u32 - 1);
                (least + self.below(9 * least)).to_string()
            }
            "hex" => self.hex(digits),
            "HEX" => format!("B{}", self.hex(digits)).to_uppercase(),
            _ => panic!("no placeholder <{name}>"),
        }
    }

    /// A moment in one of the layouts of logs.
    fn time(&mut self, layout: &str) -> Option<String> {
        let (year, month, day) = (2001 + self.below(24), self.below(12), 1 + self.below(28));
        let (h, m, s, us) = (self.below(24), self.below(60), self.below(60), self.below(1_000_000));
        let (ms, weekday) = (us / 1000, self.of(&DAYS));
        let (name, number) = (MONTHS[month as usize], month + 1);
        let hms = format!("{h:02}:{m:02}:{s:02}");
        let mut out = String::new();
        let _ = match layout {
            "bsd" => write!(out, "{name} {day:2} {hms}"),
            "ctime" => write!(out, "{weekday} {name} {day:02} {hms} {year}"),
            "twts" => write!(out, "{weekday} {name} {day:02} {hms} +0000 {year}"),
            "clf" => write!(out, "{day:02}/{name}/{year}:{hms} +0{}00", self.below(3)),
            "clfms" => write!(out, "{day:02}/{name}/{year}:{hms}.{ms:03}"),
            "clfday" => write!(out, "{day:02} {name} {year} {hms}.{ms:03}"),
            "isoz" if self.below(2) == 0 => write!(out, "{year}-{number:02}-{day:02}T{hms}Z"),
            "isoz" => write!(out, "{year}-{number:02}-{day:02}T{hms}.{ms:03}Z"),
            "isous" => write!(out, "{year}-{number:02}-{day:02}T{hms}.{us:06}Z"),
            "pgts" => write!(out, "{year}-{number:02}-{day:02} {hms}"),
            "pgdate" => write!(out, "{year}-{number:02}-{day:02}"),
            "comma" => write!(out, "{year}-{number:02}-{day:02} {hms},{ms:03}"),
            "dotms" => write!(out, "{year}-{number:02}-{day:02} {hms}.{ms:03}"),
            "slashts" => write!(out, "{year}/{number:02}/{day:02} {hms}"),
            "yyslash" => write!(out, "{:02}/{number:02}/{day:02} {hms}", year % 100),
            "short6" => write!(out, "{:02}{number:02}{day:02} {h:02}{m:02}{s:02}", year % 100),
            "mdms" => write!(out, "{number:02}-{day:02} {hms}.{ms:03}"),
            "mmdd" => write!(out, "{number:02}{day:02}"),
            "dotus" => write!(out, "{hms}.{us:06}"),
            "hms" => write!(out, "{hms}"),
            "winlog" => write!(out, "{year}-{number:02}-{day:02} {hms}"),
            "epoch" => write!(out, "{}", 1_000_000_000 + self.below(700_000_000)),
            _ => return None,
        };
        Some(out)
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1.min(word.len()));
    first.to_uppercase() + rest
}
