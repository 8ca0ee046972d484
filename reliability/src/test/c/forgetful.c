/*
 * A file system in memory that keeps two states: what programs see, and what would be found after
 * the power was cut. The second changes only by fsync, fdatasync, and fsync of a directory.
 *
 *   forgetful <mount point>
 *
 * Commands, one in a line, on standard input; each is answered by one line on standard output:
 *
 *   cut <seed>   the power goes: what was not forced is lost, kept or torn as the seed says, and
 *                everything fails with EIO until the power is back
 *   power        the power is back
 *   fill <n>     so many bytes are free from now on; -1: no limit
 *
 * SIGUSR1 cuts as well, with the seed after the last one; the end of standard input unmounts.
 *
 * What a cut may do:
 *   - each unforced sector of 512 bytes is the old one, the new one, or the new one up to some byte
 *     and the old one behind it; sectors of one file do not know of each other;
 *   - a file's size is the forced one, or reaches to the last sector that was kept, or is the last
 *     one seen; what was never written reads as zeros;
 *   - of the names created, renamed and removed in a directory since it was forced, the first few
 *     are kept, in their order, as a journalling file system does;
 *   - forcing a file does not make its name durable.
 *
 * Requests come one at a time (-s), and a lock keeps the commands out meanwhile.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fuse3/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define PATH_SIZE 256
#define ENTRIES_MAX 4096
#define INODES_MAX 65536

struct content {
  char *bytes;
  size_t size;
  size_t room; /* allocated; all bytes behind size are zeros */
};

struct inode {
  int used;
  int directory;
  mode_t mode;
  int opened;
  int changed; /* since it was forced */
  struct content seen;
  struct content kept;
};

struct names {
  int count;
  struct {
    char path[PATH_SIZE];
    int inode;
  } at[ENTRIES_MAX];
};

/* A change of a directory that was not forced yet. */
struct change {
  char from[PATH_SIZE]; /* a name that goes; empty: none */
  char to[PATH_SIZE];   /* a name that comes; empty: none */
  int inode;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct inode inodes[INODES_MAX];
static struct names seen, kept;
static struct change changes[ENTRIES_MAX * 4];
static int change_count;
static int powered = 1;
static uint64_t last_seed;
static long long space = -1;
static uint64_t state;

/* SplitMix64 */
static uint64_t next_random(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static int below(int n) { return n <= 0 ? 0 : (int)(next_random() % (uint64_t)n); }

/* ---- contents ---- */

static int resize(struct content *c, size_t size) {
  if (size > c->room) {
    size_t room = c->room ? c->room : SECTOR;
    while (room < size) room *= 2;
    char *bytes = realloc(c->bytes, room);
    if (!bytes) return -ENOMEM;
    memset(bytes + c->room, 0, room - c->room);
    c->bytes = bytes;
    c->room = room;
  }
  if (size < c->size) memset(c->bytes + size, 0, c->size - size);
  c->size = size;
  return 0;
}

static int copy(struct content *to, const struct content *from) {
  int failed = resize(to, from->size);
  if (!failed && from->size) memcpy(to->bytes, from->bytes, from->size);
  return failed;
}

static void release_content(struct content *c) {
  free(c->bytes);
  memset(c, 0, sizeof *c);
}

/* ---- names ---- */

static int find(const struct names *names, const char *path) {
  for (int i = 0; i < names->count; i++)
    if (!strcmp(names->at[i].path, path)) return i;
  return -1;
}

static struct inode *look_up(const char *path) {
  int i = find(&seen, path);
  return i < 0 ? NULL : &inodes[seen.at[i].inode];
}

static void drop(struct names *names, const char *path) {
  int i = find(names, path);
  if (i >= 0) names->at[i] = names->at[--names->count];
}

static int put(struct names *names, const char *path, int inode) {
  drop(names, path);
  if (names->count == ENTRIES_MAX) return -ENOSPC;
  strcpy(names->at[names->count].path, path);
  names->at[names->count++].inode = inode;
  return 0;
}

static int in_directory(const char *path, const char *directory) {
  size_t length = strlen(directory);
  if (length == 1) length = 0;
  return !strncmp(path, directory, length) && path[length] == '/' && path[length + 1]
         && !strchr(path + length + 1, '/');
}

static int new_inode(int directory, mode_t mode) {
  for (int i = 0; i < INODES_MAX; i++)
    if (!inodes[i].used) {
      memset(&inodes[i], 0, sizeof inodes[i]);
      inodes[i].used = 1;
      inodes[i].directory = directory;
      inodes[i].mode = mode;
      return i;
    }
  return -1;
}

/* Inodes that nothing leads to any more are free again. */
static void collect(void) {
  static char reached[INODES_MAX];
  memset(reached, 0, sizeof reached);
  for (int i = 0; i < seen.count; i++) reached[seen.at[i].inode] = 1;
  for (int i = 0; i < kept.count; i++) reached[kept.at[i].inode] = 1;
  for (int i = 0; i < change_count; i++) reached[changes[i].inode] = 1;
  for (int i = 0; i < INODES_MAX; i++)
    if (inodes[i].used && !reached[i] && !inodes[i].opened) {
      release_content(&inodes[i].seen);
      release_content(&inodes[i].kept);
      inodes[i].used = 0;
    }
}

static int note_change(const char *from, const char *to, int inode) {
  if (change_count == ENTRIES_MAX * 4) return -ENOSPC;
  struct change *change = &changes[change_count++];
  strcpy(change->from, from);
  strcpy(change->to, to);
  change->inode = inode;
  return 0;
}

static int belongs_to(const struct change *change, const char *directory) {
  return in_directory(*change->from ? change->from : change->to, directory);
}

static void keep_change(const struct change *change) {
  if (*change->from) drop(&kept, change->from);
  if (*change->to) put(&kept, change->to, change->inode);
}

/* The first so many changes of a directory become durable; -1: all. */
static void keep_changes(const char *directory, int most) {
  int left = 0;
  int done = 0;
  for (int i = 0; i < change_count; i++) {
    if (belongs_to(&changes[i], directory) && (most < 0 || done < most)) {
      keep_change(&changes[i]);
      done++;
    } else {
      changes[left++] = changes[i];
    }
  }
  change_count = left;
}

/* ---- the power ---- */

static void cut_content(struct inode *inode, int how) {
  struct content *new = &inode->seen;
  struct content *old = &inode->kept;
  if (how == 0) return; /* all that was not forced is gone */
  size_t old_size = old->size;
  size_t reach = 0;
  size_t longest = new->size > old_size ? new->size : old_size;
  if (resize(old, longest) || resize(new, longest)) abort();
  for (size_t at = 0; at < longest; at += SECTOR) {
    size_t count = longest - at < SECTOR ? longest - at : SECTOR;
    if (!memcmp(new->bytes + at, old->bytes + at, count)) continue;
    int dice = below(how == 1 ? 2 : 3);
    if (dice == 0) continue;
    if (dice == 2) count = (size_t)below((int)count);
    memcpy(old->bytes + at, new->bytes + at, count);
    reach = at + count;
  }
  size_t size = longest;
  int dice = below(3);
  if (dice == 0) size = reach > old_size ? reach : old_size;
  if (dice == 1 && reach <= old_size) size = old_size;
  if (resize(old, size)) abort();
}

static int has_parent(const char *path) {
  char parent[PATH_SIZE];
  strcpy(parent, path);
  *strrchr(parent, '/') = 0;
  return !*parent || find(&kept, parent) >= 0;
}

static void cut(uint64_t seed) {
  last_seed = state = seed;
  powered = 0;
  int how = below(3);
  for (int i = 0; i < INODES_MAX; i++)
    if (inodes[i].used && inodes[i].changed && !inodes[i].directory) cut_content(&inodes[i], how);
  /* Directories one by one: what is left of the first one's changes is found first in the list. */
  while (change_count > 0) {
    char directory[PATH_SIZE];
    strcpy(directory, *changes[0].from ? changes[0].from : changes[0].to);
    char *end = strrchr(directory, '/');
    if (end == directory) end++;
    *end = 0;
    int pending = 0;
    for (int i = 0; i < change_count; i++) pending += belongs_to(&changes[i], directory);
    keep_changes(directory, how == 0 ? 0 : below(pending + 1));
    int left = 0;
    for (int i = 0; i < change_count; i++)
      if (!belongs_to(&changes[i], directory)) changes[left++] = changes[i];
    change_count = left;
  }
  for (int again = 1; again;) {
    again = 0;
    for (int i = 0; i < kept.count; i++)
      if (!has_parent(kept.at[i].path)) {
        kept.at[i] = kept.at[--kept.count];
        again = 1;
        break;
      }
  }
  memcpy(&seen, &kept, sizeof seen);
  for (int i = 0; i < INODES_MAX; i++)
    if (inodes[i].used) {
      if (copy(&inodes[i].seen, &inodes[i].kept)) abort();
      inodes[i].changed = 0;
    }
  collect();
}

static void *listen_for_commands(void *nothing) {
  char line[128];
  while (fgets(line, sizeof line, stdin)) {
    unsigned long long seed;
    long long bytes;
    pthread_mutex_lock(&lock);
    if (sscanf(line, "cut %llu", &seed) == 1) {
      cut(seed);
      printf("cut %llu\n", seed);
    } else if (!strcmp(line, "power\n")) {
      powered = 1;
      printf("powered\n");
    } else if (sscanf(line, "fill %lld", &bytes) == 1) {
      space = bytes;
      printf("filled %lld\n", bytes);
    } else {
      printf("unknown command\n");
    }
    fflush(stdout);
    pthread_mutex_unlock(&lock);
  }
  kill(getpid(), SIGTERM);
  return nothing;
}

static void *wait_for_signal(void *nothing) {
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  for (int got; !sigwait(&usr1, &got);) {
    pthread_mutex_lock(&lock);
    cut(last_seed + 1);
    pthread_mutex_unlock(&lock);
  }
  return nothing;
}

/* ---- requests ---- */

#define BEGIN                     \
  int result = 0;                 \
  pthread_mutex_lock(&lock);      \
  if (!powered) {                 \
    result = -EIO;                \
    goto end;                     \
  }
#define END                       \
  end:                            \
  pthread_mutex_unlock(&lock);    \
  return result;
#define FAIL(error)               \
  do {                            \
    result = -(error);            \
    goto end;                     \
  } while (0)

static struct inode *of(const char *path, struct fuse_file_info *info) {
  return info && info->fh ? &inodes[info->fh - 1] : look_up(path);
}

static int do_getattr(const char *path, struct stat *out, struct fuse_file_info *info) {
  BEGIN
  memset(out, 0, sizeof *out);
  out->st_uid = getuid();
  out->st_gid = getgid();
  if (!strcmp(path, "/")) {
    out->st_mode = S_IFDIR | 0755;
    out->st_nlink = 2;
    out->st_ino = INODES_MAX + 1;
    goto end;
  }
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  out->st_mode = (inode->directory ? S_IFDIR : S_IFREG) | inode->mode;
  out->st_nlink = 1;
  out->st_ino = (ino_t)(inode - inodes) + 1;
  out->st_size = (off_t)inode->seen.size;
  out->st_blocks = (blkcnt_t)((inode->seen.size + SECTOR - 1) / SECTOR);
  END
}

static int do_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                      struct fuse_file_info *info, enum fuse_readdir_flags flags) {
  (void)offset, (void)info, (void)flags;
  BEGIN
  fill(buffer, ".", NULL, 0, 0);
  fill(buffer, "..", NULL, 0, 0);
  for (int i = 0; i < seen.count; i++)
    if (in_directory(seen.at[i].path, path))
      fill(buffer, strrchr(seen.at[i].path, '/') + 1, NULL, 0, 0);
  END
}

static int add(const char *path, int directory, mode_t mode) {
  if (strlen(path) >= PATH_SIZE) return -ENAMETOOLONG;
  if (find(&seen, path) >= 0) return -EEXIST;
  int inode = new_inode(directory, mode & 07777);
  if (inode < 0) return -ENOSPC;
  int failed = put(&seen, path, inode);
  if (!failed) failed = note_change("", path, inode);
  return failed ? failed : inode;
}

static int do_mkdir(const char *path, mode_t mode) {
  BEGIN
  int added = add(path, 1, mode);
  if (added < 0) result = added;
  END
}

static int do_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  BEGIN
  if (space == 0) FAIL(ENOSPC);
  int added = add(path, 0, mode);
  if (added < 0) FAIL(-added);
  inodes[added].opened++;
  info->fh = (uint64_t)added + 1;
  info->direct_io = 1;
  END
}

static int do_open(const char *path, struct fuse_file_info *info) {
  BEGIN
  struct inode *inode = look_up(path);
  if (!inode) FAIL(ENOENT);
  inode->opened++;
  info->fh = (uint64_t)(inode - inodes) + 1;
  info->direct_io = 1;
  END
}

static int do_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  pthread_mutex_lock(&lock);
  inodes[info->fh - 1].opened--;
  collect();
  pthread_mutex_unlock(&lock);
  return 0;
}

static int do_read(const char *path, char *to, size_t count, off_t at,
                   struct fuse_file_info *info) {
  BEGIN
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  if ((size_t)at < inode->seen.size) {
    size_t left = inode->seen.size - (size_t)at;
    size_t got = count < left ? count : left;
    memcpy(to, inode->seen.bytes + at, got);
    result = (int)got;
  }
  END
}

static int do_write(const char *path, const char *from, size_t count, off_t at,
                    struct fuse_file_info *info) {
  BEGIN
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  size_t end_of_write = (size_t)at + count;
  if (end_of_write > inode->seen.size) {
    long long more = (long long)(end_of_write - inode->seen.size);
    if (space >= 0 && more > space) FAIL(ENOSPC);
    if (resize(&inode->seen, end_of_write)) FAIL(ENOMEM);
    if (space >= 0) space -= more;
  }
  memcpy(inode->seen.bytes + at, from, count);
  inode->changed = 1;
  result = (int)count;
  END
}

static int do_truncate(const char *path, off_t size, struct fuse_file_info *info) {
  BEGIN
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  if (resize(&inode->seen, (size_t)size)) FAIL(ENOMEM);
  inode->changed = 1;
  END
}

static int do_fsync(const char *path, int data_only, struct fuse_file_info *info) {
  (void)data_only; /* fdatasync keeps the size too, as POSIX wants it for what was written */
  BEGIN
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  if (copy(&inode->kept, &inode->seen)) FAIL(ENOMEM);
  inode->changed = 0;
  END
}

static int do_fsyncdir(const char *path, int data_only, struct fuse_file_info *info) {
  (void)data_only, (void)info;
  BEGIN
  keep_changes(path, -1);
  collect();
  END
}

static int do_unlink(const char *path) {
  BEGIN
  int i = find(&seen, path);
  if (i < 0) FAIL(ENOENT);
  struct inode *inode = &inodes[seen.at[i].inode];
  if (space >= 0) space += (long long)inode->seen.size;
  result = note_change(path, "", seen.at[i].inode);
  drop(&seen, path);
  END
}

static int do_rmdir(const char *path) {
  BEGIN
  int i = find(&seen, path);
  if (i < 0) FAIL(ENOENT);
  for (int j = 0; j < seen.count; j++)
    if (in_directory(seen.at[j].path, path)) FAIL(ENOTEMPTY);
  result = note_change(path, "", seen.at[i].inode);
  drop(&seen, path);
  END
}

static int do_rename(const char *from, const char *to, unsigned int flags) {
  BEGIN
  if (flags) FAIL(EINVAL);
  if (strlen(to) >= PATH_SIZE) FAIL(ENAMETOOLONG);
  int i = find(&seen, from);
  if (i < 0) FAIL(ENOENT);
  int inode = seen.at[i].inode;
  if (inodes[inode].directory) FAIL(EINVAL); /* nobody here moves directories */
  result = note_change(from, to, inode);
  drop(&seen, from);
  if (!result) result = put(&seen, to, inode);
  END
}

static int do_chmod(const char *path, mode_t mode, struct fuse_file_info *info) {
  BEGIN
  struct inode *inode = of(path, info);
  if (!inode) FAIL(ENOENT);
  inode->mode = mode & 07777;
  END
}

static int do_utimens(const char *path, const struct timespec times[2],
                      struct fuse_file_info *info) {
  (void)path, (void)times, (void)info;
  return 0;
}

static void *do_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->kernel_cache = 0;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  config->hard_remove = 1;
  config->nullpath_ok = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, listen_for_commands, NULL);
  pthread_create(&thread, NULL, wait_for_signal, NULL);
  printf("mounted\n");
  fflush(stdout);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: forgetful <mount point>\n");
    return 2;
  }
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, NULL);
  static const struct fuse_operations operations = {
      .init = do_init,         .getattr = do_getattr,   .readdir = do_readdir,
      .mkdir = do_mkdir,       .rmdir = do_rmdir,       .create = do_create,
      .open = do_open,         .release = do_release,   .read = do_read,
      .write = do_write,       .truncate = do_truncate, .fsync = do_fsync,
      .fsyncdir = do_fsyncdir, .unlink = do_unlink,     .rename = do_rename,
      .chmod = do_chmod,       .utimens = do_utimens,
  };
  char *arguments[] = {argv[0], "-f", "-s", argv[1]};
  return fuse_main(4, arguments, &operations, NULL);
}
