/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Bounds of a part of the map. West is more than east where it spans the 180th meridian. */
export type AreaInput = {
  east: number;
  north: number;
  south: number;
  west: number;
};

export type BillLineKind =
  | 'CHARGE'
  /** What the grace for standing left free. */
  | 'GRACE'
  | 'IDLE_CAP'
  | 'MAX_PRICE'
  | 'MIN_PRICE';

export type MoneyInput = {
  amount: string;
  currency: string;
};

/** PaymentProvider is enum for the field provider */
export type PaymentProvider =
  | 'RAZORPAY'
  | 'STRIPE';

export type PositionInput = {
  latitude: number;
  longitude: number;
};

export type PriceDimension =
  | 'ENERGY'
  | 'FLAT'
  | 'PARKING_TIME'
  | 'TIME';

export type StartMyChargingInput = {
  connectorId: string;
  /** A fresh one for each start, kept for every time that it is sent. */
  idempotencyKey: string;
};

export type StartMyTopUpInput = {
  amount: MoneyInput;
  /** Needed where the operator takes payments through several. */
  provider?: PaymentProvider | null | undefined;
  via?: TopUpVia | null | undefined;
};

export type StopMyChargingInput = {
  sessionId: string;
};

export type TopUpVia =
  /** In the provider's checkout inside an app. */
  | 'CHECKOUT'
  /** On a page of the provider's, to which a browser is sent. */
  | 'PAGE';

export type MySessionRowFragment = { id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, cost: { amount: string, currency: string } | null };

export type MyWalletRowFragment = { id: string, balance: { amount: string, currency: string }, held: { amount: string, currency: string }, available: { amount: string, currency: string }, creditLimit: { amount: string, currency: string } };

export type ReceiptRowFragment = { id: string, kind: string, number: string, at: string, sessionId: string, total: { amount: string, currency: string } };

export type MyHomeQueryVariables = Exact<{ [key: string]: never; }>;


export type MyHomeQuery = { my: { driver: { id: string, name: string, email: string, blocked: boolean }, network: { operator: string, name: string, currency: string }, wallet: { id: string, balance: { amount: string, currency: string }, held: { amount: string, currency: string }, available: { amount: string, currency: string }, creditLimit: { amount: string, currency: string } }, running: Array<{ id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, cost: { amount: string, currency: string } | null }> } };

export type MyPlaceQueryVariables = Exact<{
  code: string;
  language: string;
}>;


export type MyPlaceQuery = { chargingPlace: { identity: string, name: string, place: string, address: string, city: string, online: boolean, connectors: Array<{ id: string, evseNo: number, connectorNo: number, type: string, maxPowerW: number | null, status: string, startable: boolean, price: { free: boolean, currency: string, taxIncluded: string, idleGraceS: number, text: string | null, components: Array<{ dimension: PriceDimension, price: string, taxPercent: string | null, restriction: string }>, estimate: { amount: string, currency: string } | null } | null }> } };

export type MyPlacesQueryVariables = Exact<{
  near?: PositionInput | null | undefined;
  within?: AreaInput | null | undefined;
  first: number;
}>;


export type MyPlacesQuery = { chargingPlaces: Array<{ identity: string, name: string, place: string, address: string, city: string, latitude: number | null, longitude: number | null, online: boolean, connectors: Array<{ id: string, type: string, maxPowerW: number | null, status: string, startable: boolean }> }> };

export type MyPlacePricesQueryVariables = Exact<{
  near?: PositionInput | null | undefined;
  within?: AreaInput | null | undefined;
  first: number;
}>;


export type MyPlacePricesQuery = { chargingPlaces: Array<{ identity: string, connectors: Array<{ id: string, price: { free: boolean, currency: string, taxIncluded: string, components: Array<{ dimension: PriceDimension, price: string, taxPercent: string | null, restriction: string }> } | null }> }> };

export type StartMyChargingMutationVariables = Exact<{
  input: StartMyChargingInput;
}>;


export type StartMyChargingMutation = { startMyCharging: { start: { status: string, error: string, session: { id: string } | null } } };

export type MyStartQueryVariables = Exact<{
  key: string;
}>;


export type MyStartQuery = { my: { start: { status: string, error: string, session: { id: string } | null } | null } };

export type MySessionQueryVariables = Exact<{
  id: string;
}>;


export type MySessionQuery = { my: { session: { id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, bill: { total: { amount: string, currency: string }, lines: Array<{ kind: BillLineKind, dimension: PriceDimension | null, restriction: string, quantity: number, unit: string, unitPrice: number, total: { amount: string, currency: string } }> } | null, givenBack: { amount: string, currency: string } | null, corrections: Array<{ id: string, kind: string, at: string, reason: string, givenBack: { amount: string, currency: string } }>, receipts: Array<{ id: string, kind: string, number: string, at: string, sessionId: string, total: { amount: string, currency: string } }>, cost: { amount: string, currency: string } | null } | null } };

export type MySessionUpdatedSubscriptionVariables = Exact<{
  id: string;
}>;


export type MySessionUpdatedSubscription = { mySessionUpdated: { missed: boolean, session: { id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, cost: { amount: string, currency: string } | null } | null } };

export type StopMyChargingMutationVariables = Exact<{
  input: StopMyChargingInput;
}>;


export type StopMyChargingMutation = { stopMyCharging: { session: { id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, cost: { amount: string, currency: string } | null } } };

export type MyWalletQueryVariables = Exact<{ [key: string]: never; }>;


export type MyWalletQuery = { my: { wallet: { id: string, balance: { amount: string, currency: string }, held: { amount: string, currency: string }, available: { amount: string, currency: string }, creditLimit: { amount: string, currency: string } }, payments: Array<{ id: string, status: string, at: string, checkoutURL: string | null, failure: string, amount: { amount: string, currency: string } }>, receipts: Array<{ id: string, kind: string, number: string, at: string, sessionId: string, total: { amount: string, currency: string } }> } };

export type MyWalletUpdatedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type MyWalletUpdatedSubscription = { myWalletUpdated: { missed: boolean, wallet: { id: string, balance: { amount: string, currency: string }, held: { amount: string, currency: string }, available: { amount: string, currency: string }, creditLimit: { amount: string, currency: string } } | null } };

export type MySessionsQueryVariables = Exact<{
  before?: string | null | undefined;
}>;


export type MySessionsQuery = { my: { sessions: Array<{ id: string, identity: string, place: string, city: string, evseNo: number, connectorNo: number, startedAt: string, stoppedAt: string | null, energyWh: number | null, powerW: number | null, soc: number | null, status: string, running: boolean, billing: string | null, cost: { amount: string, currency: string } | null }> } };

export type StartMyTopUpMutationVariables = Exact<{
  input: StartMyTopUpInput;
}>;


export type StartMyTopUpMutation = { startMyTopUp: { checkoutURL: string | null, message: string | null, payment: { id: string, status: string } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const MySessionRowFragmentDoc = new TypedDocumentString(`
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}
    `, {"fragmentName":"MySessionRow"}) as unknown as TypedDocumentString<MySessionRowFragment, unknown>;
export const MyWalletRowFragmentDoc = new TypedDocumentString(`
    fragment MyWalletRow on MyWallet {
  id
  balance {
    amount
    currency
  }
  held {
    amount
    currency
  }
  available {
    amount
    currency
  }
  creditLimit {
    amount
    currency
  }
}
    `, {"fragmentName":"MyWalletRow"}) as unknown as TypedDocumentString<MyWalletRowFragment, unknown>;
export const ReceiptRowFragmentDoc = new TypedDocumentString(`
    fragment ReceiptRow on MyReceipt {
  id
  kind
  number
  at
  sessionId
  total {
    amount
    currency
  }
}
    `, {"fragmentName":"ReceiptRow"}) as unknown as TypedDocumentString<ReceiptRowFragment, unknown>;
export const MyHomeDocument = new TypedDocumentString(`
    query MyHome {
  my {
    driver {
      id
      name
      email
      blocked
    }
    network {
      operator
      name
      currency
    }
    wallet {
      ...MyWalletRow
    }
    running {
      ...MySessionRow
    }
  }
}
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}
fragment MyWalletRow on MyWallet {
  id
  balance {
    amount
    currency
  }
  held {
    amount
    currency
  }
  available {
    amount
    currency
  }
  creditLimit {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MyHomeQuery, MyHomeQueryVariables>;
export const MyPlaceDocument = new TypedDocumentString(`
    query MyPlace($code: String!, $language: String!) {
  chargingPlace(code: $code) {
    identity
    name
    place
    address
    city
    online
    connectors {
      id
      evseNo
      connectorNo
      type
      maxPowerW
      status
      startable
      price {
        free
        currency
        taxIncluded
        idleGraceS
        text(language: $language)
        components {
          dimension
          price
          taxPercent
          restriction
        }
        estimate {
          amount
          currency
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyPlaceQuery, MyPlaceQueryVariables>;
export const MyPlacesDocument = new TypedDocumentString(`
    query MyPlaces($near: PositionInput, $within: AreaInput, $first: Int!) {
  chargingPlaces(near: $near, within: $within, first: $first) {
    identity
    name
    place
    address
    city
    latitude
    longitude
    online
    connectors {
      id
      type
      maxPowerW
      status
      startable
    }
  }
}
    `) as unknown as TypedDocumentString<MyPlacesQuery, MyPlacesQueryVariables>;
export const MyPlacePricesDocument = new TypedDocumentString(`
    query MyPlacePrices($near: PositionInput, $within: AreaInput, $first: Int!) {
  chargingPlaces(near: $near, within: $within, first: $first) {
    identity
    connectors {
      id
      price {
        free
        currency
        taxIncluded
        components {
          dimension
          price
          taxPercent
          restriction
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyPlacePricesQuery, MyPlacePricesQueryVariables>;
export const StartMyChargingDocument = new TypedDocumentString(`
    mutation StartMyCharging($input: StartMyChargingInput!) {
  startMyCharging(input: $input) {
    start {
      status
      error
      session {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StartMyChargingMutation, StartMyChargingMutationVariables>;
export const MyStartDocument = new TypedDocumentString(`
    query MyStart($key: String!) {
  my {
    start(idempotencyKey: $key) {
      status
      error
      session {
        id
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyStartQuery, MyStartQueryVariables>;
export const MySessionDocument = new TypedDocumentString(`
    query MySession($id: ID!) {
  my {
    session(id: $id) {
      ...MySessionRow
      bill {
        total {
          amount
          currency
        }
        lines {
          kind
          dimension
          restriction
          quantity
          unit
          unitPrice
          total {
            amount
            currency
          }
        }
      }
      givenBack {
        amount
        currency
      }
      corrections {
        id
        kind
        at
        reason
        givenBack {
          amount
          currency
        }
      }
      receipts {
        ...ReceiptRow
      }
    }
  }
}
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}
fragment ReceiptRow on MyReceipt {
  id
  kind
  number
  at
  sessionId
  total {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MySessionQuery, MySessionQueryVariables>;
export const MySessionUpdatedDocument = new TypedDocumentString(`
    subscription MySessionUpdated($id: ID!) {
  mySessionUpdated(id: $id) {
    missed
    session {
      ...MySessionRow
    }
  }
}
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MySessionUpdatedSubscription, MySessionUpdatedSubscriptionVariables>;
export const StopMyChargingDocument = new TypedDocumentString(`
    mutation StopMyCharging($input: StopMyChargingInput!) {
  stopMyCharging(input: $input) {
    session {
      ...MySessionRow
    }
  }
}
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<StopMyChargingMutation, StopMyChargingMutationVariables>;
export const MyWalletDocument = new TypedDocumentString(`
    query MyWallet {
  my {
    wallet {
      ...MyWalletRow
    }
    payments(first: 20) {
      id
      status
      at
      amount {
        amount
        currency
      }
      checkoutURL
      failure
    }
    receipts(first: 20) {
      ...ReceiptRow
    }
  }
}
    fragment MyWalletRow on MyWallet {
  id
  balance {
    amount
    currency
  }
  held {
    amount
    currency
  }
  available {
    amount
    currency
  }
  creditLimit {
    amount
    currency
  }
}
fragment ReceiptRow on MyReceipt {
  id
  kind
  number
  at
  sessionId
  total {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MyWalletQuery, MyWalletQueryVariables>;
export const MyWalletUpdatedDocument = new TypedDocumentString(`
    subscription MyWalletUpdated {
  myWalletUpdated {
    missed
    wallet {
      ...MyWalletRow
    }
  }
}
    fragment MyWalletRow on MyWallet {
  id
  balance {
    amount
    currency
  }
  held {
    amount
    currency
  }
  available {
    amount
    currency
  }
  creditLimit {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MyWalletUpdatedSubscription, MyWalletUpdatedSubscriptionVariables>;
export const MySessionsDocument = new TypedDocumentString(`
    query MySessions($before: Time) {
  my {
    sessions(first: 20, before: $before) {
      ...MySessionRow
    }
  }
}
    fragment MySessionRow on MySession {
  id
  identity
  place
  city
  evseNo
  connectorNo
  startedAt
  stoppedAt
  energyWh
  powerW
  soc
  status
  running
  billing
  cost {
    amount
    currency
  }
}`) as unknown as TypedDocumentString<MySessionsQuery, MySessionsQueryVariables>;
export const StartMyTopUpDocument = new TypedDocumentString(`
    mutation StartMyTopUp($input: StartMyTopUpInput!) {
  startMyTopUp(input: $input) {
    checkoutURL
    message
    payment {
      id
      status
    }
  }
}
    `) as unknown as TypedDocumentString<StartMyTopUpMutation, StartMyTopUpMutationVariables>;