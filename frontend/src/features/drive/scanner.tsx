import { useNavigate } from "@tanstack/react-router";
import { BrowserQRCodeReader, type IScannerControls } from "@zxing/browser";
import { Flashlight, FlashlightOff } from "lucide-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "urql";
import { fetchOnce } from "@/app/data";
import { problemOf, problemText } from "@/app/errors";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Notice } from "@/components/notice";
import { MyPlaceDocument } from "@/gql/drive/graphql";
import { useHere } from "./driver";
import { codeOf, refusalOf } from "./scan-code";

type Camera = "asking" | "on" | "insecure" | "permission" | "none" | "busy";

/** Reads the QR code on a station with the camera, and opens the station. */
export default function Scanner({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const here = useHere();
  const client = useClient();
  const navigate = useNavigate();
  const video = useRef<HTMLVideoElement>(null);
  const read = useRef("");
  const [camera, setCamera] = useState<Camera>("asking");
  const [wrong, setWrong] = useState<string>();
  const [torch, setTorch] = useState<{ track: MediaStreamTrack; on: boolean }>();

  const found = useEffectEvent(async (text: string) => {
    // The same picture comes many times a second.
    if (read.current === text) return;
    read.current = text;
    const scanned = codeOf(text, here);
    if ("wrong" in scanned) {
      setWrong(t(`drive.scan.${scanned.wrong}`));
      return;
    }
    const { error } = await fetchOnce(client, MyPlaceDocument, { code: scanned.code, language: i18n.language });
    if (error == null) {
      void navigate({ to: "/drive/$tenant/$network/$", params: { ...here, _splat: `c/${scanned.code}` } });
      return;
    }
    const problem = problemOf(error);
    setWrong(problem.code === "NOT_FOUND" ? t("drive.scan.unknown") : problemText(t, problem));
    // What couldn't be asked may be scanned again.
    if (problem.code !== "NOT_FOUND") read.current = "";
  });

  useEffect(() => {
    let stop: () => void = () => undefined;
    let over = false;
    const begin = async () => {
      // Browsers hide the camera from pages that came over plain HTTP.
      if ((navigator as { mediaDevices?: MediaDevices }).mediaDevices == null) {
        setCamera(window.isSecureContext ? "none" : "insecure");
        return;
      }
      let stream: MediaStream | undefined;
      let controls: IScannerControls | undefined;
      stop = () => {
        controls?.stop();
        stream?.getTracks().forEach((track) => {
          track.stop();
        });
      };
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } }, audio: false });
        if (over || video.current == null) {
          stop();
          return;
        }
        const [track] = stream.getVideoTracks();
        if (track != null && BrowserQRCodeReader.mediaStreamIsTorchCompatibleTrack(track)) setTorch({ track, on: false });
        setCamera("on");
        controls = await new BrowserQRCodeReader(undefined, { delayBetweenScanAttempts: 150 }).decodeFromStream(stream, video.current, (result) => {
          if (result != null && !over) void found(result.getText());
        });
        if (over) stop();
      } catch (error) {
        stop();
        if (!over) setCamera(refusalOf(error));
      }
    };
    void begin();
    return () => {
      over = true;
      stop();
    };
  }, []);

  const light = async () => {
    if (torch == null) return;
    const on = !torch.on;
    try {
      await BrowserQRCodeReader.mediaStreamSetTorch(torch.track, on);
      setTorch({ ...torch, on });
    } catch {
      // A phone that promised a light and has none: the button goes.
      setTorch(undefined);
    }
  };

  const without = camera !== "asking" && camera !== "on";
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t("drive.scan.title")}
      footer={
        <>
          {torch != null && (
            <Button size="lg" aria-pressed={torch.on} onClick={() => void light()}>
              {torch.on ? <FlashlightOff aria-hidden /> : <Flashlight aria-hidden />}
              {t("drive.scan.torch")}
            </Button>
          )}
          <Button size="lg" variant={without ? "primary" : "secondary"} onClick={onClose}>
            {t("drive.scan.type")}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {without ? (
          <Notice tone="warn">{t(`drive.scan.${camera}`)}</Notice>
        ) : (
          <>
            <div className="relative aspect-square w-full overflow-hidden rounded-lg bg-sunken">
              <video ref={video} muted playsInline aria-label={t("drive.scan.picture")} className="size-full object-cover" />
              <div aria-hidden className="absolute inset-[15%] rounded-xl border-4 border-white/90 shadow-[0_0_0_100vmax_rgb(0_0_0/0.35)]" />
            </div>
            <p role="status" className="text-sm text-ink-2">
              {t(camera === "on" ? "drive.scan.hint" : "drive.scan.asking")}
            </p>
          </>
        )}
        {wrong != null && <Notice tone="bad">{wrong}</Notice>}
      </div>
    </Dialog>
  );
}
