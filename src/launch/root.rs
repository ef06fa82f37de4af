//! A server in a system of its own: a folder with all that a distribution has, as `debootstrap` makes one.
//!
//! The server sees this folder as `/`. `/proc` and `/dev` are those of this machine, `/tmp` is empty but for the
//! server's own folder; the network is the same. All that is undone when the server's last process has ended.

use std::path::Path;

use rustix::process::geteuid;

/// What is done in a mount namespace of the server's own before it is started. The arguments are the root, the server's
/// folder, and the words of the server's command.
const ENTER: &str = r#"root=$1 folder=$2; shift 2
mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp" &&
mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder" &&
exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$folder" "$@""#;

/// The command that has another one run in a system.
pub(super) fn entered(root: &Path, folder: &Path, words: Vec<String>) -> Vec<String> {
    let mut entered = vec!["unshare".to_owned(), "--mount".to_owned()];
    if !geteuid().is_root() {
        // Only in a user namespace of its own may a user mount anything.
        entered.push("--map-root-user".to_owned());
    }
    entered.extend(["sh", "-c", ENTER, "sh"].map(str::to_owned));
    entered.extend([root, folder].map(|path| path.display().to_string()));
    entered.extend(words);
    entered
}
