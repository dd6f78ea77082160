package dev.runnel.datasets.download;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Unpacks zip, tar and tar.gz into a folder and nowhere else. Refused, before anything of them is written: names that
 * lead out of the folder, links and devices, more entries or bytes than allowed, and a growth that only a
 * decompression bomb has.
 *
 * @param maxEntries the most entries
 * @param maxBytes the most bytes in all
 * @param maxGrowth the most bytes for each byte of the archive, once 64 MiB have come
 */
record Unpack(int maxEntries, long maxBytes, int maxGrowth) {
  private static final long UNSUSPICIOUS = 64L << 20;
  private static final int BLOCK = 512;

  /** A million entries, 128 GiB, 200 times the archive. */
  static Unpack standard() {
    return new Unpack(1_000_000, 128L << 30, 200);
  }

  /** Unpacks an archive by its name's ending. */
  void into(Path archive, Path folder) {
    String name = String.valueOf(archive.getFileName());
    try {
      Files.createDirectories(folder);
      Writer to = new Writer(folder.toRealPath(), Files.size(archive));
      if (name.endsWith(".zip")) {
        refuseLinks(archive);
        zip(archive, to);
      } else {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
          raw.mark(2);
          boolean zipped = raw.read() == 0x1f && raw.read() == 0x8b;
          raw.reset();
          tar(zipped ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16) : raw, to);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(archive + ": an undamaged archive expected: " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(archive + ": " + e.getMessage(), e);
    }
  }

  private static void zip(Path archive, Writer to) throws IOException {
    try (ZipInputStream in = new ZipInputStream(new BufferedInputStream(Files.newInputStream(archive), 1 << 16))) {
      boolean any = false;
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        any = true;
        to.entry(entry.getName(), entry.isDirectory(), in, Long.MAX_VALUE);
      }
      if (!any) {
        throw new IOException("a zip file with entries expected");
      }
    } catch (IllegalArgumentException e) { // of names that are no text
      throw new IOException("entries named by text expected", e);
    }
  }

  /** Links show in a zip's central directory alone, in the upper half of the outer attributes. */
  private static void refuseLinks(Path archive) throws IOException {
    try (FileChannel channel = FileChannel.open(archive, StandardOpenOption.READ)) {
      int tail = (int) Math.min(channel.size(), 22 + 65_535);
      ByteBuffer end = read(channel, channel.size() - tail, tail);
      int at = tail - 22;
      while (at >= 0 && end.getInt(at) != 0x06054b50) {
        at--;
      }
      if (at < 0) {
        throw new IOException("the end of a zip file's directory expected");
      }
      long size = Integer.toUnsignedLong(end.getInt(at + 12));
      long start = Integer.toUnsignedLong(end.getInt(at + 16));
      if (start == 0xffffffffL || size > 1 << 28 || start + size > channel.size()) {
        throw new IOException("a directory of under 256 MiB within 4 GiB expected");
      }
      ByteBuffer directory = read(channel, start, (int) size);
      while (directory.remaining() >= 46 && directory.getInt(directory.position()) == 0x02014b50) {
        int p = directory.position();
        int type = directory.getInt(p + 38) >>> 28;
        int rest = Short.toUnsignedInt(directory.getShort(p + 28)) + Short.toUnsignedInt(directory.getShort(p + 30))
            + Short.toUnsignedInt(directory.getShort(p + 32));
        if (type != 0 && type != 4 && type != 8) { // neither unsaid, a folder nor a file
          throw new IllegalStateException("files and folders expected, came a link or a device");
        }
        if (rest > directory.remaining() - 46) {
          throw new IOException("a whole directory expected");
        }
        directory.position(p + 46 + rest);
      }
    }
  }

  private static ByteBuffer read(FileChannel channel, long from, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new IOException("more bytes expected");
      }
    }
    return buffer.flip();
  }

  private static void tar(InputStream in, Writer to) throws IOException {
    byte[] head = new byte[BLOCK];
    String longName = null;
    boolean any = false;
    while (in.readNBytes(head, 0, BLOCK) == BLOCK && head[0] != 0) {
      any = true;
      long size = number(head, 124, 12);
      checkSum(head);
      String prefix = new String(head, 257, 5, StandardCharsets.US_ASCII).equals("ustar") ? text(head, 345, 155) : "";
      String name = longName != null ? longName : prefix.isEmpty() ? text(head, 0, 100) : prefix + "/" + text(head, 0, 100);
      longName = null;
      switch (head[156]) {
        case 0, '0', '7' -> to.entry(name, false, in, size);
        case '5' -> to.entry(name, true, in, 0);
        case 'L' -> longName = text(meta(in, size), 0, (int) size);
        case 'x' -> longName = paxPath(meta(in, size));
        case 'g' -> meta(in, size);
        default -> throw new IllegalStateException("files and folders expected, came a link or a device: '"
            + Writer.shown(name) + "'");
      }
      in.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
    }
    if (!any) {
      throw new IOException("a tar file with entries expected");
    }
  }

  private static byte[] meta(InputStream in, long size) throws IOException {
    if (size > 1 << 20) {
      throw new IOException("entries' names of at most 1 MiB expected");
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw new IOException("more bytes expected");
    }
    return bytes;
  }

  private static void checkSum(byte[] head) throws IOException {
    long sum = 8 * ' ';
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? 0 : head[i] & 0xff;
    }
    if (sum != number(head, 148, 8)) {
      throw new IOException("an entry's check sum doesn't hold");
    }
  }

  /** {@code path} of a PAX header, or null. */
  private static @org.jspecify.annotations.Nullable String paxPath(byte[] header) {
    for (String line : new String(header, StandardCharsets.UTF_8).split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.startsWith("path=", space + 1)) {
        return line.substring(space + 6);
      }
    }
    return null;
  }

  private static String text(byte[] bytes, int from, int count) {
    int end = from;
    while (end < from + count && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  private static long number(byte[] bytes, int from, int count) throws IOException {
    if (bytes[from] == (byte) 0x80) { // binary, for sizes over 8 GiB
      return ByteBuffer.wrap(bytes, from + count - 8, 8).getLong() & Long.MAX_VALUE;
    }
    String octal = text(bytes, from, count).strip();
    if (!octal.matches("[0-7]{1,12}")) {
      throw new IOException("numbers in an entry's head expected");
    }
    return Long.parseLong(octal, 8);
  }

  /** Where entries go; counts what came. */
  private final class Writer {
    private final Path folder;
    private final long archive;
    private int entries;
    private long bytes;

    Writer(Path folder, long archive) {
      this.folder = folder;
      this.archive = archive;
    }

    private static String shown(String name) {
      String clean = name.replaceAll("\\p{Cntrl}", "\u00b7");
      return clean.length() <= 80 ? clean : clean.substring(0, 80) + "...";
    }

    void entry(String name, boolean isFolder, InputStream in, long size) throws IOException {
      if (++entries > maxEntries) {
        throw new IllegalStateException("at most " + maxEntries + " entries expected, more came");
      }
      Path target = target(name);
      if (isFolder) {
        Files.createDirectories(target);
        return;
      }
      Files.createDirectories(target.getParent() == null ? folder : target.getParent());
      try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        byte[] buffer = new byte[1 << 16];
        long left = size;
        while (left > 0) {
          int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
          if (n < 0) {
            if (size != Long.MAX_VALUE) {
              throw new IOException("'" + shown(name) + "' is cut short");
            }
            break;
          }
          count(n);
          out.write(buffer, 0, n);
          left -= n;
        }
      }
    }

    private void count(int more) {
      bytes += more;
      if (bytes > maxBytes || (bytes > UNSUSPICIOUS && bytes / maxGrowth > archive)) {
        throw new IllegalStateException("at most " + Math.min(maxBytes, Math.max(UNSUSPICIOUS, archive * maxGrowth))
            + " bytes expected, more came; a decompression bomb?");
      }
    }

    /** Where an entry goes; every part of the way there is a real folder within the folder. */
    private Path target(String name) {
      Path target;
      try {
        target = folder.resolve(name.replace('\\', '/')).normalize();
      } catch (InvalidPathException e) {
        throw new IllegalStateException("names of files expected, came '" + shown(name) + "'", e);
      }
      boolean up = name.startsWith("/") || ("/" + name.replace('\\', '/') + "/").contains("/../");
      if (up || !target.startsWith(folder) || (target.equals(folder) && !name.matches("[./]*"))) {
        throw new IllegalStateException("names within the folder expected, came '" + shown(name) + "'");
      }
      for (Path p = target; p != null && !p.equals(folder); p = p.getParent()) {
        if (Files.isSymbolicLink(p)) {
          throw new IllegalStateException("'" + shown(name) + "' would be written through the link " + p);
        }
      }
      return target;
    }
  }
}
