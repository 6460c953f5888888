//! The CPU limit of our control group. A container's limit does not show in the number of cores.

use super::files::Files;

/// Cores' worth of CPU time that this process may use: the tightest limit from our group up to the root, of
/// either version of control groups. `None` if there is no limit.
pub(super) fn cpu_quota(files: &Files) -> Option<f64> {
    let membership = files.read("proc/self/cgroup")?;
    let second = group_of(&membership, None).into_iter().flat_map(|group| {
        limits(&["", "unified/"], &group, |directory| {
            cpu_max(&files.read(&format!("{directory}cpu.max"))?)
        })
    });
    let first = group_of(&membership, Some("cpu"))
        .into_iter()
        .flat_map(|group| {
            limits(&["cpu/", "cpu,cpuacct/"], &group, |directory| {
                cfs_quota(
                    &files.read(&format!("{directory}cpu.cfs_quota_us"))?,
                    &files.read(&format!("{directory}cpu.cfs_period_us"))?,
                )
            })
        });
    second.chain(first).min_by(f64::total_cmp)
}

/// The limits of a group and of all groups above, wherever the tree is mounted.
fn limits(mounts: &[&str], group: &str, limit: impl Fn(&str) -> Option<f64>) -> Vec<f64> {
    let parts: Vec<&str> = group.split('/').filter(|part| !part.is_empty()).collect();
    // Seen from inside of a namespace, a group above its root starts with `..`: only the root is ours to see.
    let depth = if parts.contains(&"..") {
        0
    } else {
        parts.len()
    };
    mounts
        .iter()
        .flat_map(|mount| (0..=depth).map(move |level| (mount, level)))
        .filter_map(|(mount, level)| {
            let mut directory = format!("sys/fs/cgroup/{mount}");
            for part in &parts[..level] {
                directory.push_str(part);
                directory.push('/');
            }
            limit(&directory)
        })
        .collect()
}

/// Our group's path in `/proc/self/cgroup`: of a controller of version 1, or of version 2 (`0::/path`).
fn group_of(membership: &str, controller: Option<&str>) -> Option<String> {
    membership.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (id, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
        let ours = match controller {
            Some(controller) => controllers.split(',').any(|name| name == controller),
            None => id == "0" && controllers.is_empty(),
        };
        (ours && path.starts_with('/')).then(|| path.to_owned())
    })
}

/// `cpu.max` of version 2: `150000 100000` or `max 100000`.
fn cpu_max(text: &str) -> Option<f64> {
    let mut fields = text.split_whitespace();
    let (quota, period) = (fields.next()?, fields.next()?);
    cfs_quota(quota, period)
}

/// Version 1: a quota of -1 is none. Neither is `max`.
fn cfs_quota(quota: &str, period: &str) -> Option<f64> {
    let quota: u64 = quota.trim().parse().ok()?;
    let period: u64 = period.trim().parse().ok()?;
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_version_2_is_quota_over_period() {
        assert_eq!(cpu_max("150000 100000\n"), Some(1.5));
        assert_eq!(cpu_max("max 100000\n"), None);
        for text in [
            "",
            "150000",
            "-1 100000",
            "NaN 100000",
            "inf 1",
            "0 100000",
            "1 0",
            "99999999999999999999 1",
        ] {
            assert_eq!(cpu_max(text), None, "{text}");
        }
    }

    #[test]
    fn no_quota_in_version_1_is_no_limit() {
        assert_eq!(cfs_quota("-1\n", "100000\n"), None);
        assert_eq!(cfs_quota("50000\n", "100000\n"), Some(0.5));
    }

    #[test]
    fn our_group_is_found_in_either_version() {
        let hybrid = "12:cpu,cpuacct:/docker/ab:cd\n1:name=systemd:/\n0::/system.slice\n";
        assert_eq!(
            group_of(hybrid, Some("cpu")).as_deref(),
            Some("/docker/ab:cd")
        );
        assert_eq!(group_of(hybrid, None).as_deref(), Some("/system.slice"));
        assert_eq!(group_of(hybrid, Some("cp")), None);
        for text in ["", "0", "0:", "0::", "0::relative", "\u{0}\u{fffd}"] {
            assert_eq!(group_of(text, None), None, "{text:?}");
        }
    }

    #[test]
    fn the_tightest_limit_on_the_way_to_the_root_counts() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let quota = || cpu_quota(&Files::under(root.path()));
        assert_eq!(quota(), None);
        write("proc/self/cgroup", "0::/a/b\n");
        assert_eq!(quota(), None);
        write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        assert_eq!(quota(), None);
        write("sys/fs/cgroup/a/cpu.max", "200000 100000\n");
        assert_eq!(quota(), Some(2.0));
        write("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
        assert_eq!(quota(), Some(2.0));
        write("proc/self/cgroup", "4:cpu,cpuacct:/x\n0::/../a\n");
        assert_eq!(quota(), None);
        write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "75000\n");
        write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        assert_eq!(quota(), Some(0.75));
    }
}
