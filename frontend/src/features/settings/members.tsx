import { Plus, UserRound } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChange, usePages } from "@/app/data";
import { useHere, useMay } from "@/app/viewer";
import { Button } from "@/components/button";
import { Confirm } from "@/components/confirm";
import { DataTable, type Column } from "@/components/data-table";
import { ListStates } from "@/components/list";
import { More } from "@/components/more";
import { Empty } from "@/components/states";
import { Time } from "@/components/time";
import { toast } from "@/components/toast";
import { MembersDocument, RemoveMemberDocument, type MembersQuery } from "@/gql/graphql";
import { nodes } from "@/lib/nodes";
import { InviteDialog, RoleDialog } from "./member-dialogs";
import { SectionHead } from "./section-head";

export type Member = NonNullable<NonNullable<NonNullable<MembersQuery["members"]["edges"]>[number]>["node"]>;

/** Who may sign in, and as what. */
export default function Members() {
  const { t } = useTranslation();
  const { viewer, tenant } = useHere();
  const may = useMay();
  const writable = may("member:write");
  const [inviting, setInviting] = useState(false);
  const [changed, setChanged] = useState<Member>();
  const [removed, setRemoved] = useState<Member>();
  const [remove, removing] = useChange(RemoveMemberDocument);
  const list = usePages(MembersDocument, { first: 50 }, (data) => data.members);
  const members = nodes(list.data?.members);
  const me = viewer.user?.id;
  const columns = useMemo<Column<Member>[]>(
    () => [
      {
        id: "name",
        header: t("members.name"),
        cell: ({ user }) => (
          <>
            <span className="font-medium">{user.name}</span>
            {user.id === me && <span className="text-ink-2"> · {t("members.you")}</span>}
            <p className="text-ink-2">{user.email}</p>
          </>
        ),
      },
      { id: "role", header: t("members.role"), cell: ({ role }) => t(`role.${role}.name`) },
      { id: "network", header: t("stations.network"), className: "hidden sm:table-cell", cell: ({ network }) => network?.name ?? <span className="text-ink-2">{t("scope.all")}</span> },
      { id: "since", header: t("members.since"), className: "hidden md:table-cell", cell: ({ createdAt }) => <Time at={createdAt} style="date" /> },
      {
        id: "actions",
        header: "",
        end: true,
        cell: (member) =>
          writable && (
            <span className="inline-flex gap-1">
              <Button
                variant="quiet"
                size="sm"
                aria-label={t("members.changeRoleOf", { name: member.user.name })}
                onClick={() => {
                  setChanged(member);
                }}
              >
                {t("members.changeRole")}
              </Button>
              <Button
                variant="quiet"
                size="sm"
                aria-label={t("members.removeOne", { name: member.user.name })}
                onClick={() => {
                  setRemoved(member);
                }}
              >
                {t("members.remove")}
              </Button>
            </span>
          ),
      },
    ],
    [t, me, writable],
  );
  return (
    <>
      <SectionHead
        text={t("members.text", { tenant: tenant.name })}
        action={
          writable && (
            <Button
              variant="primary"
              onClick={() => {
                setInviting(true);
              }}
            >
              <Plus aria-hidden />
              {t("members.invite")}
            </Button>
          )
        }
      />
      <ListStates
        loading={list.loading}
        problem={list.problem}
        onRetry={list.refetch}
        count={list.data == null ? undefined : members.length}
        empty={<Empty icon={<UserRound />} title={t("members.none")} />}
      >
        <DataTable label={t("settings.members")} columns={columns} rows={members} rowId={({ id }) => id} />
        <More shown={members.length} total={list.data?.members.totalCount ?? 0} more={list.more} loading={list.loadingMore} onMore={list.loadMore} />
      </ListStates>
      {inviting && (
        <InviteDialog
          onClose={() => {
            setInviting(false);
          }}
        />
      )}
      {changed != null && (
        <RoleDialog
          member={changed}
          onClose={() => {
            setChanged(undefined);
          }}
        />
      )}
      <Confirm
        danger
        open={removed != null}
        onOpenChange={() => {
          setRemoved(undefined);
        }}
        title={t("members.removeOne", { name: removed?.user.name ?? "" })}
        text={t("members.removeText")}
        action={t("members.remove")}
        busy={removing}
        onConfirm={async () => {
          if (removed == null) return undefined;
          const { problem } = await remove({ input: { id: removed.id } });
          if (problem == null) toast(t("members.removed"));
          return problem?.text;
        }}
      />
    </>
  );
}
