package dev.runnel.experiments.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A file that one holder has, in this process or another; the operating system gives it back when that process ends. */
public final class Lock implements AutoCloseable {
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private Lock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Takes it, or null where another holds it. The file's folder is there; the file is made if need be. */
  public static @Nullable Lock take(Path file) {
    try {
      Path held = AtomicFile.folder(file).toRealPath().resolve(file.getFileName());
      // Closing any channel of a file gives back all of a process's locks on it: don't open one of our own twice.
      if (!HELD.add(held)) {
        return null;
      }
      FileChannel channel = null;
      boolean got = false;
      try {
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        got = channel.tryLock() != null;
        return got ? new Lock(held, channel) : null;
      } finally {
        if (!got) {
          HELD.remove(held);
          if (channel != null) {
            channel.close();
          }
        }
      }
    } catch (IOException e) {
      throw AtomicFile.failed(file, "locked", e);
    }
  }

  /** Whether it is held still. */
  public boolean isHeld() {
    return channel.isOpen();
  }

  /** Gives it back; nothing the second time. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFile.failed(file, "unlocked", e);
    } finally {
      HELD.remove(file);
    }
  }
}
