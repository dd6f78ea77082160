package dev.runnel.datasets.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.runnel.datasets.Archive;
import dev.runnel.datasets.Dataset;
import dev.runnel.datasets.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server on loopback that cuts, stalls, redirects, is busy and serves wrong bytes. */
class DownloadTest {
  private static final Fetch QUICK = new Fetch(Duration.ofMillis(300), Duration.ofMillis(5), 3, 1 << 24);

  @TempDir Path folder;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private byte[] content;

  /** What the server does with a request. */
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
    content = new byte[200_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 + i / 251);
    }
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private void serve(String path, Answer answer) {
    server.createContext(path, exchange -> {
      asked.add(path + " " + exchange.getRequestHeaders().getFirst("Range"));
      try (exchange) {
        answer.to(exchange);
      }
    });
  }

  private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Serves the rest where a range is asked of the same version; cuts the first answers short. */
  private Answer cutting(int cuts, String tag) {
    return exchange -> {
      exchange.getResponseHeaders().set("ETag", tag);
      String range = exchange.getRequestHeaders().getFirst("Range");
      boolean same = tag.equals(exchange.getRequestHeaders().getFirst("If-Range"));
      int from = range != null && same ? Integer.parseInt(range.substring(6, range.length() - 1)) : 0;
      if (from > 0) {
        exchange.getResponseHeaders().set(
            "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      boolean cut = asked.size() <= cuts;
      exchange.getResponseBody().write(content, from, cut ? (content.length - from) / 2 : content.length - from);
      exchange.getResponseBody().flush();
    };
  }

  private static String sha(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void aCutFileIsGoneOnWith() throws Exception {
    serve("/f", cutting(2, "\"v1\""));
    Path file = folder.resolve("f");
    QUICK.get(at("/f"), file, sha(content), bytes -> { });
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    assertThat(asked).containsExactly("/f null", "/f bytes=100000-", "/f bytes=150000-");
    assertThat(folder).isDirectoryNotContaining("glob:**.part*");
  }

  @Test
  void anotherVersionIsGotFromItsBeginning() throws Exception {
    serve("/f", cutting(1, "\"v2\""));
    Files.write(folder.resolve("f.part"), new byte[5000]);
    Files.writeString(folder.resolve("f.part.tag"), "\"v1\"");
    QUICK.get(at("/f"), folder.resolve("f"), null, bytes -> { });
    assertThat(Files.readAllBytes(folder.resolve("f"))).isEqualTo(content);
  }

  @Test
  void stallsAreGivenUpAndTriedAgain() {
    serve("/f", exchange -> {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, 10);
      exchange.getResponseBody().flush();
      sleep(2000);
    });
    long start = System.nanoTime();
    assertThatThrownBy(() -> QUICK.get(at("/f"), folder.resolve("f"), null, bytes -> { }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not got in 3 tries, last: nothing came for 300 ms");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900), Duration.ofSeconds(20));
    assertThat(asked).hasSize(3);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void busyServersAreAskedAgainAfterTheTimeTheySay() {
    serve("/f", exchange -> {
      if (asked.size() < 2) {
        exchange.getResponseHeaders().set("Retry-After", "1");
        send(exchange, 503, new byte[0]);
      } else {
        send(exchange, 200, content);
      }
    });
    long start = System.nanoTime();
    QUICK.get(at("/f"), folder.resolve("f"), null, bytes -> { });
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(950));
  }

  @Test
  void redirectsAreFollowedButNotForEver() throws IOException {
    serve("/a", exchange -> {
      exchange.getResponseHeaders().set("Location", "/b");
      send(exchange, 302, new byte[0]);
    });
    serve("/b", exchange -> send(exchange, 200, content));
    QUICK.get(at("/a"), folder.resolve("f"), null, bytes -> { });
    assertThat(Files.readAllBytes(folder.resolve("f"))).isEqualTo(content);
    serve("/loop", exchange -> {
      exchange.getResponseHeaders().set("Location", "/loop");
      send(exchange, 307, new byte[0]);
    });
    assertThatThrownBy(() -> QUICK.get(at("/loop"), folder.resolve("g"), null, bytes -> { }))
        .hasMessageContaining("at most 5 redirects expected");
    serve("/file", exchange -> {
      exchange.getResponseHeaders().set("Location", "file:///etc/passwd");
      send(exchange, 301, new byte[0]);
    });
    assertThatThrownBy(() -> QUICK.get(at("/file"), folder.resolve("g"), null, bytes -> { }))
        .hasMessageContaining("an http or https address expected, came file:///etc/passwd");
  }

  @Test
  void wrongBytesAreThrownAway() throws Exception {
    serve("/f", exchange -> send(exchange, 200, content));
    String other = sha(new byte[1]);
    assertThatThrownBy(() -> QUICK.get(at("/f"), folder.resolve("f"), other, bytes -> { }))
        .hasMessageContaining("sha256 " + other + " expected, came " + sha(content));
    assertThat(folder.resolve("f")).doesNotExist();
    assertThat(folder.resolve("f.part")).doesNotExist();
    Fetch small = new Fetch(Duration.ofSeconds(1), Duration.ofMillis(1), 2, 1000);
    assertThatThrownBy(() -> small.get(at("/f"), folder.resolve("f"), null, bytes -> { }))
        .hasMessageContaining("at most 1000 bytes expected");
  }

  @Test
  void offlineIsSaidClearly() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertThatThrownBy(() -> QUICK.get(URI.create("http://127.0.0.1:" + port + "/f"), folder.resolve("f"), null,
        bytes -> { })).hasMessage("127.0.0.1: a server expected, none can be reached; are you offline? Give --mirror URL,"
            + " or put the files where datasets lie");
  }

  private static byte[] zip(String... namesAndTexts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < namesAndTexts.length; i += 2) {
        zip.putNextEntry(new ZipEntry(namesAndTexts[i]));
        zip.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void aDatasetIsGotUnpackedAndLoaded() throws IOException {
    String ts = "@classLabel true a b\n@univariate true\n@data\n1,2,3:a\n4,5,6:b\n";
    byte[] zip = zip("Tiny_TRAIN.ts", ts, "Tiny_TEST.ts", ts, "doc/readme.txt", "x");
    serve("/m/Tiny.zip", exchange -> send(exchange, 200, zip));
    Download download = Download.with(folder, at("/m"), QUICK, Unpack.standard());
    assertThat(download.get("Tiny", (file, bytes) -> { })).isEqualTo(folder.resolve("Tiny"));
    download.get("Tiny", (file, bytes) -> { });
    assertThat(asked).hasSize(1); // what is there is left alone
    try (RootAllocator allocator = new RootAllocator();
        Dataset data = new Archive(List.of(folder)).load("Tiny", allocator, Storage.standard())) {
      assertThat(data.size()).isEqualTo(4);
      assertThat(data.origin().source()).endsWith("/m/Tiny.zip");
    }
    assertThatThrownBy(() -> download.get("Heartbeet", (file, bytes) -> { }))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("nearest: Heartbeat");
    assertThatThrownBy(() -> download.get("../x", (file, bytes) -> { })).hasMessageContaining("a dataset's name");
    assertThat(Download.names()).contains("lra", "speech-commands", "EigenWorms", "mnist", "cifar-10", "ppg-dalia");
  }

  private void unpack(byte[] archive, String name) throws IOException {
    Path file = Files.write(folder.resolve(name), archive);
    new Unpack(100, 1 << 22, 50).into(file, folder.resolve("out"));
  }

  @Test
  void namesThatLeadOutAreRefused() throws IOException {
    for (String name : List.of("../evil", "a/../../evil", "/evil", "..\\evil", "a/b/../../../evil", "..")) {
      assertThatThrownBy(() -> unpack(zip(name, "x"), "a.zip")).as(name).hasMessageContaining("names within the folder");
      assertThatThrownBy(() -> unpack(tar(name, '0', "x"), "a.tar")).as(name)
          .hasMessageContaining("names within the folder");
    }
    assertThat(folder.resolve("evil")).doesNotExist();
  }

  /** One entry of a tar file. */
  private static byte[] tar(String name, char type, String text) {
    byte[] bytes = new byte[512 + (text.length() + 511) / 512 * 512 + 1024];
    put(bytes, 0, name);
    put(bytes, 100, "0000644");
    put(bytes, 124, "%011o".formatted(text.length()));
    put(bytes, 257, "ustar");
    put(bytes, 157, type == '2' ? "/etc" : "");
    bytes[156] = (byte) type;
    Arrays.fill(bytes, 148, 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += bytes[i] & 0xff;
    }
    put(bytes, 148, "%06o\0 ".formatted(sum));
    put(bytes, 512, text);
    return bytes;
  }

  private static void put(byte[] bytes, int at, String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, bytes, at, ascii.length);
  }

  @Test
  void tarsAreUnpacked() throws IOException {
    unpack(tar("d/f.txt", '0', "hello"), "a.tar");
    assertThat(folder.resolve("out/d/f.txt")).hasContent("hello");
    byte[] damaged = tar("d/f.txt", '0', "hello");
    damaged[5] ^= 1;
    assertThatThrownBy(() -> unpack(damaged, "a.tar")).hasMessageContaining("check sum");
    assertThatThrownBy(() -> unpack(Arrays.copyOf(tar("f", '0', "hello"), 514), "a.tar"))
        .hasMessageContaining("cut short");
    assertThatThrownBy(() -> unpack(new byte[] {1, 2, 3}, "a.tar.gz")).hasMessageContaining("an undamaged archive");
  }

  @Test
  void linksAreRefusedAndNeverWrittenThrough() throws IOException {
    for (char type : new char[] {'1', '2', '3', '6'}) {
      assertThatThrownBy(() -> unpack(tar("l", type, ""), "a.tar")).hasMessageContaining("came a link or a device");
    }
    byte[] zip = zip("l", "/etc");
    int directory = new String(zip, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    zip[directory + 41] = (byte) 0xa1; // the mode of a symbolic link
    assertThatThrownBy(() -> unpack(zip, "a.zip")).hasMessageContaining("came a link or a device");
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.createDirectories(folder.resolve("out"));
    Files.createSymbolicLink(folder.resolve("out/way"), outside);
    assertThatThrownBy(() -> unpack(zip("way/f", "x"), "a.zip")).hasMessageContaining("would be written through the link");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void bombsAreRefused() throws IOException {
    String zeros = "\0".repeat(1 << 20);
    assertThatThrownBy(() -> unpack(zip("a", zeros, "b", zeros, "c", zeros, "d", zeros, "e", zeros), "a.zip"))
        .hasMessageContaining("a decompression bomb?");
    String[] many = new String[202];
    for (int i = 0; i < many.length; i++) {
      many[i] = "f" + i;
    }
    assertThatThrownBy(() -> unpack(zip(many), "a.zip")).hasMessageContaining("at most 100 entries");
    Path file = Files.write(folder.resolve("b.zip"), zip("a", "\0".repeat(70 << 20)));
    assertThatThrownBy(() -> new Unpack(10, 1L << 40, 50).into(file, folder.resolve("out")))
        .hasMessageContaining("a decompression bomb?");
  }
}
