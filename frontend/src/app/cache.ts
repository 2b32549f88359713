import { cacheExchange, type Cache } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const embedded = () => null;

/** Forgets a list under every set of arguments, so that what shows it fetches again. */
function forget(cache: Cache, ...lists: string[]) {
  for (const field of cache.inspectFields("Query")) {
    if (lists.includes(field.fieldName)) cache.invalidate("Query", field.fieldName, field.arguments);
  }
}

const forgets =
  (...lists: string[]) =>
  (_result: unknown, _args: unknown, cache: Cache) => {
    forget(cache, ...lists);
  };

/** The mutations that give a station a command: each is one more in the list of commands. */
const commands = [
  "cancelReservation",
  "changeAvailability",
  "changeConfiguration",
  "clearCache",
  "clearChargingProfile",
  "clearVariableMonitoring",
  "getBaseReport",
  "getChargingProfiles",
  "getCompositeSchedule",
  "getConfiguration",
  "getDiagnostics",
  "getLocalListVersion",
  "getLog",
  "getMonitoringReport",
  "getVariables",
  "remoteStart",
  "remoteStop",
  "reserveNow",
  "resetStation",
  "sendLocalList",
  "setChargingProfile",
  "setVariableMonitoring",
  "setVariables",
  "triggerMessage",
  "unlockConnector",
  "updateFirmware",
];

/** What shows that something is done to a station's security. */
const operations = ["securityOperations", "securityOverview"];

/** The normalised cache: a live event about an object changes every view that shows it. */
export function makeCache() {
  return cacheExchange({
    keys: {
      Viewer: embedded,
      TenantChoice: embedded,
      Connection: embedded,
      ConnectionURL: embedded,
      OnboardingStep: embedded,
      Remark: embedded,
      Detail: embedded,
      PlugAndCharge: embedded,
      PlugAndChargeOperator: embedded,
      AuthorityReading: embedded,
      StationQuirk: embedded,
      QuirkTreatment: embedded,
      QuirkField: embedded,
      BulkProgress: embedded,
      RoleDescription: embedded,
      PageInfo: embedded,
      Money: embedded,
      AutoTopUp: embedded,
      LedgerEntry: embedded,
      WalletEvent: embedded,
      Bill: embedded,
      BillLine: embedded,
      BillReview: embedded,
      PaymentBooking: embedded,
      PaymentDispute: embedded,
      PaymentDifference: embedded,
      JobSubject: embedded,
      BillDifference: embedded,
      PriceQuote: embedded,
      TariffWarning: embedded,
      CertificatePolicy: embedded,
      SecurityOverview: embedded,
      SecurityStep: embedded,
      ProfileCount: embedded,
      ExpiryCount: embedded,
      RootInstallation: embedded,
      ServerTLS: embedded,
      ServerCertificate: embedded,
      ServerRoot: embedded,
      StationRefusal: embedded,
      DetectedIssueEvent: embedded,
      ConnectorStatusEvent: embedded,
      StationConnectionEvent: embedded,
      StationEvent: embedded,
      SessionEvent: embedded,
      OcppMessageEvent: embedded,
      CommandEvent: embedded,
      ConnectionAttemptEvent: embedded,
    },
    resolvers: {
      Query: {
        stations: relayPagination(),
        chargingSessions: relayPagination(),
        locations: relayPagination(),
        ocppMessages: relayPagination(),
        connectionAttempts: relayPagination(),
        commands: relayPagination(),
        auditEvents: relayPagination(),
        networks: relayPagination(),
        members: relayPagination(),
        apiKeys: relayPagination(),
        tokens: relayPagination(),
        reservations: relayPagination(),
        stationEvents: relayPagination(),
        bulkCommands: relayPagination(),
        firmwares: relayPagination(),
        tariffs: relayPagination(),
        charges: relayPagination(),
        drivers: relayPagination(),
        payments: relayPagination(),
        reconciliations: relayPagination(),
        chargeCorrections: relayPagination(),
        detectedIssues: relayPagination(),
        stationCertificates: relayPagination(),
        securityOperations: relayPagination(),
        approvals: relayPagination(),
      },
      Station: {
        variables: relayPagination(),
        chargingProfiles: relayPagination(),
        localList: relayPagination(),
        settings: relayPagination(),
        firmwareUpdates: relayPagination(),
        logUploads: relayPagination(),
      },
      Wallet: {
        statement: relayPagination(),
      },
      BulkCommand: {
        targets: relayPagination(),
      },
    },
    updates: {
      Mutation: {
        addStation: forgets("stations", "locations", "location"),
        removeStation: forgets("stations", "station", "locations", "location"),
        moveStation: forgets("stations"),
        updateStation: forgets("locations", "location"),
        approveStation: forgets("stations"),
        createLocation: forgets("locations"),
        deleteLocation: forgets("locations", "location"),
        createNetwork: forgets("networks", "viewer"),
        updateNetwork: forgets("viewer"),
        archiveNetwork: forgets("networks", "viewer"),
        inviteMember: forgets("members"),
        removeMember: forgets("members"),
        createApiKey: forgets("apiKeys"),
        startBulkCommand: forgets("bulkCommands"),
        uploadFirmware: forgets("firmwares"),
        deleteFirmware: forgets("firmwares"),
        createDriver: forgets("drivers"),
        createPaymentAccount: forgets("paymentAccounts"),
        reconcilePayments: forgets("reconciliations"),
        restartJob: forgets("deadJobs"),
        refundPayment: forgets("payments"),
        createTariff: forgets("tariffs"),
        updateTariff: forgets("tariffs"),
        archiveTariff: forgets("tariffs"),
        assignTariff: forgets("tariffs", "tariff"),
        unassignTariff: forgets("tariffs"),
        createCertificateAuthority: forgets("certificateAuthorities", "certificatePolicy"),
        trustManufacturer: forgets("certificateAuthorities"),
        distrustManufacturer: forgets("certificateAuthorities"),
        updateCertificatePolicy: forgets("certificatePolicy"),
        revokeStationCertificate: forgets("securityOverview"),
        renewStationCertificate: forgets(...operations),
        upgradeSecurityProfile: forgets(...operations, "approvals"),
        pushStationPassword: forgets(...operations),
        installRoot: forgets(...operations),
        cancelSecurityOperation: forgets("securityOverview"),
        requestRootDeletion: forgets("approvals", "securityOverview"),
        decideApproval: forgets(...operations),
        ...Object.fromEntries(commands.map((command) => [command, forgets("commands")])),
      },
    },
  });
}
