//! Keys from files and from the terminal. No secret comes from the command line or the environment, where others could see it.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use vatic::{Key, Keys};
use zeroize::Zeroizing;

/// Longest password or identity file that is read.
const FILE_MAX: usize = 1 << 20;

/// What seals and opens files.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Keys (with any of them, files are sealed, and only sealed ones are read)")]
pub struct KeyArgs {
    /// Ask for a password
    #[arg(long, conflicts_with = "password_file")]
    pub password: bool,
    /// Take the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Take a key of 32 raw bytes from a file
    #[arg(long, value_name = "FILE")]
    pub key_file: Vec<PathBuf>,
    /// Seal for the owner of this age recipient (age1...)
    #[arg(long, value_name = "RECIPIENT")]
    pub recipient: Vec<String>,
    /// Open with the age identities in a file
    #[arg(long, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
}

/// Keys that an archive gets instead of those that it had.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "New keys (without any, the new archive is sealed for all that could open the old one)")]
pub struct NewKeyArgs {
    /// Ask for a new password
    #[arg(long, conflicts_with = "new_password_file")]
    pub new_password: bool,
    /// Take the new password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub new_password_file: Option<PathBuf>,
    /// Take a new key of 32 raw bytes from a file
    #[arg(long, value_name = "FILE")]
    pub new_key_file: Vec<PathBuf>,
    /// Seal for the owner of this age recipient (age1...)
    #[arg(long, value_name = "RECIPIENT")]
    pub new_recipient: Vec<String>,
    /// Do not seal the new archive
    #[arg(long, conflicts_with_all = ["new_password", "new_password_file", "new_key_file", "new_recipient"])]
    pub unseal: bool,
}

impl NewKeyArgs {
    /// Reads and asks for everything; `None` where the keys are to stay.
    ///
    /// # Errors
    /// As [`KeyArgs::load`].
    pub fn load(&self) -> Result<Option<Keys>> {
        let args = KeyArgs {
            password: self.new_password,
            password_file: self.new_password_file.clone(),
            key_file: self.new_key_file.clone(),
            recipient: self.new_recipient.clone(),
            identity: Vec::new(),
        };
        let keys = args.load(Use::Seal)?;
        Ok(Some(keys).filter(|keys| self.unseal || !keys.is_empty()))
    }
}

/// What the keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Making a sealed file.
    Seal,
    /// Reading one.
    Open,
}

impl KeyArgs {
    /// What is wrong with these arguments for that use, if anything.
    pub fn misuse(&self, purpose: Use) -> Option<&'static str> {
        match purpose {
            Use::Seal if !self.identity.is_empty() => Some("--identity opens files; to seal one, use --recipient"),
            Use::Open if !self.recipient.is_empty() => Some("--recipient seals files; to open one, use --identity"),
            _ => None,
        }
    }

    /// Reads and asks for everything.
    ///
    /// # Errors
    /// Files that cannot be read or hold no such key, or nobody there to ask.
    pub fn load(&self, purpose: Use) -> Result<Keys> {
        let mut keys = Keys::new();
        for path in &self.key_file {
            keys.push(key_file(path).with_context(|| path.display().to_string())?);
        }
        for path in &self.identity {
            identities(path, &mut keys).with_context(|| path.display().to_string())?;
        }
        for recipient in &self.recipient {
            keys.push(Key::recipient(recipient)?);
        }
        if let Some(path) = &self.password_file {
            keys.push(password_file(path).with_context(|| path.display().to_string())?);
        }
        if self.password {
            keys.push(ask(purpose)?);
        }
        Ok(keys)
    }
}

/// The bytes of a file, in memory that is wiped.
fn read_secret(path: &Path, max: usize) -> Result<Zeroizing<Vec<u8>>> {
    // All at once, as growing would leave copies behind.
    let mut bytes = Zeroizing::new(vec![0; max + 1]);
    let mut file = File::open(path)?;
    let mut len = 0;
    while len < bytes.len() {
        match file.read(&mut bytes[len..]) {
            Ok(0) => break,
            Ok(count) => len += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

fn key_file(path: &Path) -> Result<Key> {
    let bytes = read_secret(path, 32)?;
    match <[u8; 32]>::try_from(&bytes[..]) {
        Ok(key) => Ok(Key::raw(*Zeroizing::new(key))),
        Err(_) => bail!("a key file has exactly 32 bytes"),
    }
}

fn read_text(path: &Path) -> Result<Zeroizing<String>> {
    let bytes = read_secret(path, FILE_MAX)?;
    if bytes.len() > FILE_MAX {
        bail!("is too long");
    }
    let text = std::str::from_utf8(&bytes).ok().context("is not UTF-8")?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// The first line, without its end.
fn password_file(path: &Path) -> Result<Key> {
    let text = read_text(path)?;
    let line = text.split('\n').next().unwrap_or_default();
    Key::password(line.strip_suffix('\r').unwrap_or(line)).context("has no password in its first line")
}

/// As `age-keygen` writes them: one a line, and comments.
fn identities(path: &Path, keys: &mut Keys) -> Result<()> {
    let before = keys.len();
    let text = read_text(path)?;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        keys.push(Key::identity(line)?);
    }
    if keys.len() == before {
        bail!("has no identity");
    }
    Ok(())
}

fn ask(purpose: Use) -> Result<Key> {
    let prompt = |text| {
        let typed = rpassword::prompt_password(text).context("cannot ask for a password; use --password-file")?;
        anyhow::Ok(Zeroizing::new(typed))
    };
    let password = prompt("Password: ")?;
    if purpose == Use::Seal && *password != *prompt("Once more: ")? {
        bail!("the passwords are not the same");
    }
    Ok(Key::password(&password)?)
}

/// Options of `vatic keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// The file to write; it must not exist
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// 32 raw bytes for --key-file, instead of an age identity
    #[arg(long)]
    pub raw: bool,
}

/// Makes a key file that only its owner can read. Of an identity, prints the recipient.
///
/// # Errors
/// The file exists or cannot be written.
pub fn generate(args: &KeygenArgs) -> Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let naming = || args.output.display().to_string();
    if args.raw {
        let key = Key::generate_raw()?;
        return options.open(&args.output).and_then(|mut file| file.write_all(&key[..])).with_context(naming);
    }
    let (identity, recipient) = Key::generate_identity()?;
    let text = Zeroizing::new(format!("# recipient: {recipient}\n{}\n", identity.as_str()));
    options.open(&args.output).and_then(|mut file| file.write_all(text.as_bytes())).with_context(naming)?;
    Ok(writeln!(io::stdout(), "{recipient}")?)
}
