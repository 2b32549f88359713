import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

// Mails go from the server to a mail server of the tests, which keeps each as a file; tests run elsewhere, and read the files:
//
//	busbar ──SMTP──> startMail ──> folder/1.eml ──> mailTo

/** Speaks as much SMTP as our client needs on loopback: neither TLS nor passwords. */
function talk(socket: Socket, keep: (mail: string) => Promise<void>) {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let content: string[] | undefined;
  socket.on("error", () => socket.destroy());
  say("220 mail.demo.example ready");
  createInterface({ input: socket }).on("line", (line) => {
    if (content != null) {
      if (line !== ".") {
        content.push(line.startsWith(".") ? line.slice(1) : line);
        return;
      }
      // Taken only once it is kept: a test finds every mail that the server believes it sent.
      keep(content.join("\n")).then(
        () => say("250 kept"),
        () => say("451 can't keep it"),
      );
      content = undefined;
      return;
    }
    const verb = line.split(" ", 1)[0]?.toUpperCase();
    if (verb === "DATA") {
      content = [];
      say("354 go on");
    } else if (verb === "QUIT") {
      socket.end("221 bye\r\n");
    } else say("250 mail.demo.example");
  });
}

/** A mail server on loopback that keeps what it is sent in a folder. */
export async function startMail(folder: string): Promise<{ url: string; close: () => Promise<void> }> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    talk(socket, async (mail) => {
      const file = join(folder, String(++count));
      await writeFile(file, mail);
      await rename(file, `${file}.eml`); // nobody reads half a mail
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address == null || typeof address === "string") throw new Error("the mail server has no port");
  return {
    url: `smtp://127.0.0.1:${String(address.port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** The newest mail to an address with a subject that begins so, as it came over the wire; empty while there is none. */
export async function mailTo(folder: string, address: string, subject: string): Promise<string> {
  if (folder === "") throw new Error("Where the server's mails are isn't known: name the folder that its mail server keeps them in (as .eml files) in BUSBAR_E2E_MAILS.");
  const files = (await readdir(folder)).filter((name) => name.endsWith(".eml")).sort((a, b) => Number.parseInt(b) - Number.parseInt(a));
  for (const file of files) {
    const mail = await readFile(join(folder, file), "utf8");
    const header = mail.split("\n\n", 1)[0] ?? "";
    if (header.includes(`<${address}>`) && header.includes(`\nSubject: ${subject}`)) return mail;
  }
  return "";
}
