import { NeonHubError } from '../../base/errors.ts'

const beginAgain = 'Nothing was connected. Begin again from the connections page.'

/** Why a return counts for nothing. An unknown state and one of another organization are told alike. */
export function stateError(kind: 'unknown' | 'foreign' | 'used' | 'expired'): NeonHubError {
  switch (kind) {
    case 'unknown':
      return new NeonHubError('runtime.oauth_state_unknown', 'Nobody began to connect an account with this', {
        kind: 'not_found',
        hint: beginAgain,
      })
    case 'foreign':
      return new NeonHubError('runtime.oauth_state_foreign', 'Somebody else began to connect this account', {
        kind: 'forbidden',
        hint: 'Whoever pressed Connect has to finish it, in the browser in which they are signed in.',
      })
    case 'used':
      return new NeonHubError('runtime.oauth_state_used', 'This way back from the provider was taken before', {
        kind: 'conflict',
        hint: 'Look whether the account is connected already; if not, begin again from the connections page.',
      })
    case 'expired':
      return new NeonHubError('runtime.oauth_state_expired', 'It took longer than ten minutes to come back', {
        kind: 'conflict',
        hint: beginAgain,
      })
    default:
      return kind satisfies never
  }
}

/** The provider sent no code. Its own code of the error is shown where it is one, and none of its prose. */
export function consentRefused(name: string, error: string | undefined): NeonHubError {
  if (error === 'access_denied') {
    return new NeonHubError('runtime.oauth_denied', `The consent at ${name} was refused`, {
      kind: 'conflict',
      hint: beginAgain,
    })
  }
  const said = error !== undefined && /^[\w.-]{1,64}$/.test(error) ? `: ${error}` : ''
  return new NeonHubError('runtime.oauth_denied', `${name} gave no consent${said}`, {
    kind: 'conflict',
    hint: `${beginAgain} If it stays so, the operator checks the app’s scopes and its redirect address.`,
  })
}
