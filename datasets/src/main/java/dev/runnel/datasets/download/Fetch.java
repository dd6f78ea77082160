package dev.runnel.datasets.download;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets one file by HTTP: into {@code FILE.part} until it is whole, going on where an earlier try stopped if the server
 * can and the file there is still the same; trying again, later each time, after cuts, stalls and busy servers; never
 * from https to http.
 *
 * @param stall how long nothing may come before a try is given up
 * @param firstWait before the second try; twice as long before each further one
 * @param tries in all
 * @param maxBytes the most that is taken
 */
record Fetch(Duration stall, Duration firstWait, int tries, long maxBytes) {
  private static final int REDIRECTS = 5;
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  /** Thirty seconds of stall, five tries over half a minute, 64 GiB. */
  static Fetch standard() {
    return new Fetch(Duration.ofSeconds(30), Duration.ofSeconds(2), 5, 64L << 30);
  }

  /** A try that failed in a way that another may not. */
  private static final class TryAgain extends IOException {
    private static final long serialVersionUID = 1;
    private final Duration wait;

    TryAgain(String message, Duration wait) {
      super(message);
      this.wait = wait;
    }
  }

  /**
   * Gets the file.
   *
   * @param sha256 that it must have, or null when none is published
   * @param progress told the bytes so far
   */
  void get(URI from, Path file, @Nullable String sha256, LongConsumer progress) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Path tag = file.resolveSibling(file.getFileName() + ".part.tag");
    Duration wait = firstWait;
    for (int attempt = 1; ; attempt++) {
      try {
        if (file.getParent() != null) {
          Files.createDirectories(file.getParent());
        }
        attempt(from, part, tag, progress);
        verify(from, part, sha256);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.deleteIfExists(tag);
        return;
      } catch (UnknownHostException | ConnectException | NoRouteToHostException e) {
        throw new IllegalStateException(from.getHost() + ": a server expected, none can be reached; are you offline?"
            + " Give --mirror URL, or put the files where datasets lie", e);
      } catch (IOException e) {
        if (attempt >= tries) {
          throw new IllegalStateException(from + ": not got in " + tries + " tries, last: " + e.getMessage()
              + "; run the command again to go on", e);
        }
        Duration asked = e instanceof TryAgain again ? again.wait : Duration.ZERO;
        pause(asked.compareTo(wait) > 0 ? asked : wait, from);
        wait = wait.multipliedBy(2);
      }
    }
  }

  private static void pause(Duration wait, URI from) {
    try {
      Thread.sleep(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(from + ": interrupted", e);
    }
  }

  private void attempt(URI from, Path part, Path tag, LongConsumer progress) throws IOException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    String known = have > 0 && Files.exists(tag) ? Files.readString(tag) : "";
    if (known.isBlank()) {
      have = 0; // nothing tells whether it is still the same file
    }
    HttpURLConnection connection = open(from, have, known);
    try {
      int status = connection.getResponseCode();
      boolean goesOn = status == 206 && begins(connection.getHeaderField("Content-Range"), have);
      if (status == 416 || (status == 206 && !goesOn)) {
        Files.deleteIfExists(part);
        throw new TryAgain("the server doesn't go on where the file stopped", Duration.ZERO);
      }
      if (status == 429 || status >= 500) {
        throw new TryAgain("status " + status, retryAfter(connection.getHeaderField("Retry-After")));
      }
      if (status != 200 && !goesOn) {
        throw new IllegalStateException(from + ": the file expected, came status " + status
            + (status == 404 ? "; is the name right?" : ""));
      }
      long before = goesOn ? have : 0;
      if (!goesOn) {
        Files.deleteIfExists(part);
      }
      String etag = connection.getHeaderField("ETag");
      String mark = etag != null && !etag.startsWith("W/") ? etag : connection.getHeaderField("Last-Modified");
      Files.writeString(tag, mark == null ? "" : mark);
      long length = connection.getContentLengthLong();
      long got = before + copy(connection, part, goesOn, before, progress);
      if (length >= 0 && got != before + length) {
        throw new TryAgain("cut off after " + got + " of " + (before + length) + " bytes", Duration.ZERO);
      }
    } finally {
      connection.disconnect();
    }
  }

  private long copy(HttpURLConnection connection, Path part, boolean append, long before, LongConsumer progress)
      throws IOException {
    long got = 0;
    try (InputStream in = connection.getInputStream();
        OutputStream out = Files.newOutputStream(part, StandardOpenOption.CREATE,
            append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        got += n;
        if (before + got > maxBytes) {
          throw new IllegalStateException(connection.getURL() + ": at most " + maxBytes + " bytes expected, more came");
        }
        out.write(buffer, 0, n);
        progress.accept(before + got);
      }
    } catch (SocketTimeoutException e) {
      throw new TryAgain("nothing came for " + stall.toMillis() + " ms", Duration.ZERO);
    }
    return got;
  }

  /** Follows redirects itself: the library would drop the range, and follow to anywhere. */
  private HttpURLConnection open(URI from, long have, String known) throws IOException {
    URI at = from;
    for (int hop = 0; hop <= REDIRECTS; hop++) {
      String scheme = String.valueOf(at.getScheme()).toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw new IllegalStateException(from + ": an http or https address expected, came " + at);
      }
      HttpURLConnection connection = (HttpURLConnection) at.toURL().openConnection();
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout((int) stall.toMillis());
      connection.setReadTimeout((int) stall.toMillis());
      connection.setRequestProperty("User-Agent", "runnel");
      connection.setRequestProperty("Accept-Encoding", "identity");
      if (have > 0) {
        connection.setRequestProperty("Range", "bytes=" + have + "-");
        connection.setRequestProperty("If-Range", known);
      }
      int status;
      try {
        status = connection.getResponseCode();
      } catch (SocketTimeoutException e) {
        throw new TryAgain("nothing came for " + stall.toMillis() + " ms", Duration.ZERO);
      }
      if (status < 300 || status >= 400 || status == 304) {
        return connection;
      }
      connection.disconnect();
      String location = connection.getHeaderField("Location");
      if (location == null) {
        throw new IllegalStateException(from + ": a redirect that tells where to expected, came status " + status);
      }
      URI next;
      try {
        next = at.resolve(location);
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(from + ": a redirect to an address expected, came '" + location + "'", e);
      }
      if (scheme.equals("https") && !"https".equalsIgnoreCase(next.getScheme())) {
        throw new IllegalStateException(from + ": https expected all the way, was sent to " + next);
      }
      at = next;
    }
    throw new IllegalStateException(from + ": at most " + REDIRECTS + " redirects expected, came more");
  }

  private static boolean begins(@Nullable String range, long at) {
    return range != null && range.startsWith("bytes " + at + "-");
  }

  private static Duration retryAfter(@Nullable String header) {
    return header != null && header.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(header)) : Duration.ZERO;
  }

  private static void verify(URI from, Path part, @Nullable String sha256) throws IOException {
    if (sha256 == null) {
      return;
    }
    String came;
    try (InputStream in = Files.newInputStream(part)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      came = HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
    if (!came.equals(sha256)) {
      Files.deleteIfExists(part);
      throw new IllegalStateException(from + ": sha256 " + sha256 + " expected, came " + came
          + "; the file was thrown away");
    }
  }
}
