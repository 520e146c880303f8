"""The words that stand around one-time codes, and those that stand around other numbers.

They are matched without case.  Where a language builds words together, a part of one is
enough.
"""

from __future__ import annotations

import re

# What is said of nothing else.
_STRONG = r"""
(?:verif\w{2,10}|security|login|log-in|sign-in|signin|sign-up|access|auth\w{0,12}|confirm\w{0,6}|
   activation|passcode|one-time|single-use|temporary|two-factor|2-step|two-step|2fa|mfa|otp|
   reset|recovery|device|invit\w{2,5}|approval|enrollment|unlock|guard)[ ](?:login[ ])?
   (?:pass)?(?:codes?|pins?|passwords?|passcodes?|tokens?|keys?)\b |
\bpasscodes?\b | \botp\b | \bone-time\ (?:\w+\ )?(?:code|pin|password|passcode)\b |
\bone\ time\ (?:\w+\ )?(?:code|pin|password|passcode)\b | \b(?:mobile|sms|push|m)?-?tan\b |
(?:bestätigungs|sicherheits|verifizierungs|verifikations|anmelde|zugangs|aktivierungs|einmal|
   freischalt|login)-?(?:code|kennwort|passwort|pin|schlüssel)\w{0,2} | \beinmal-?(?:code|tan)\w{0,2} |
\bcodes?\ (?:de\ |d['’])(?:vérification|sécurité|confirmation|connexion|validation|
   activation|accès|authentification|usage\ unique) | \bcode\ (?:à\ usage\ unique|secret) |
\bcódigos?\ (?:de\ )?(?:verifica\w+|seguran\w+|seguridad|confirma\w+|acceso|acesso|
   activaci\w+|ativa\w+|inicio|login|un\ solo\ uso|único) | \bclave\ (?:de\ )?(?:acceso|temporal|dinámica|única) |
\bcodice\ (?:di\ )?(?:verifica|sicurezza|conferma|accesso|attivazione|otp|temporaneo|monouso) |
\b(?:verificatie|beveiligings|bevestigings|inlog|toegangs|activerings)code |
\bkod\ (?:weryfikacyjny|bezpieczeństwa|potwierdzający|jednorazowy|autoryzacyjny|aktywacyjny|sms) |
\b(?:ověřovací|bezpečnostní|potvrzovací|jednorázový|aktivační|overovací)\ kód |
\b(?:engångs|verifierings|bekräftelse|säkerhets|inloggnings|aktiverings)kod\w{0,2} |
\b(?:engangs|bekræftelses|bekreftelses|sikkerheds|sikkerhets|verifikations|verifiserings|aktiverings)kode\w{0,2} |
\b(?:vahvistus|turva|kertakäyttö|todennus|varmistus)koodi\w{0,3} |
\b(?:doğrulama|onay|güvenlik|giriş|tek\ kullanımlık)\ (?:kod\w{0,4}|şifre\w{0,4}) |
\b(?:ellenőrző|megerősítő|biztonsági|egyszeri)\ (?:kód|jelszó)\w{0,3} |
\bcod(?:ul)?\ (?:de\ )?(?:verificare|securitate|confirmare|acces|activare) |
\bкод\w{0,3}\ (?:подтверждения|доступа|активации|безопасности|проверки|авторизации|входа|для\ вход[ау]|підтвердження) |
\b(?:одноразовый|проверочный|код-)\s?(?:код|пароль)\w{0,2} | \bодноразовий\ (?:код|пароль) |
\bκωδικ\w{1,4}\ (?:επαλήθευσης|ασφαλείας|επιβεβαίωσης|μίας\ χρήσης) |
验证码 | 驗證碼 | 校验码 | 动态码 | 动态密码 | 一次性密码 | 確認碼 | 認証コード | 確認コード | 検証コード |
認証番号 | ワンタイムパスワード | セキュリティコード | ログインコード | 인증\s?(?:번호|코드) | 확인\s?코드 |
보안\s?코드 | 일회용\s?비밀번호 | رمز\ (?:التحقق|التأكيد|الأمان|الدخول) | קוד\ (?:אימות|הפעלה|חד\ פעמי|הכניסה) |
सत्यापन\ कोड | ओटीपी | mã\ (?:xác\ minh|xác\ nhận|xác\ thực|otp|bảo\ mật) |
\bkode\ (?:verifikasi|otp|keamanan|konfirmasi|akses) | \bkod\ (?:pengesahan|keselamatan) |
รหัส(?:ยืนยัน|ผ่านครั้งเดียว|\ ?otp|ความปลอดภัย) | код\ підтвердження
"""

# What may be said of a code.
_WEAK = r"""
\bcodes?\b | \bpins?\b | \bpin-?code\b | \btokens?\b | \bpassword\b | \bto\ (?:verify|sign\ in|log\ in|continue|confirm)\b |
\bverif(?:y|ication)\b | \bauthenticat(?:e|ion)\b | \bcódigo\b | \bclave\b | \bcontraseña\b | \bsenha\b | \bcodice\b |
\bkod\w{0,2}\b | \bkode\w{0,2}\b | \bkód\w{0,3}\b | \bkoodi\w{0,3}\b | \bшифр\b | \bкод\w{0,3}\b | \bпароль\b |
\bκωδικ\w{1,4}\b | \bcodul\b | \bkennwort\b | \bpasswort\b | \bmot\ de\ passe\b | \bşifre\w{0,4}\b |
コード | 密码 | 密碼 | 코드 | رمز | קוד | कोड | \bmã\b | รหัส
"""

# What stands before other numbers, or makes of "code" another word.
_AGAINST = r"""
\b(?:promo\w{0,6}|discount|coupon|voucher|gift|offer|referral|savings?|area|zip|postal|post|country|
   error|status|exit|source|qr|bar|product|item|style|dress|sort|swift|bank|tax|vat|tracking|
   airport|room|building|colou?r|hex|rabatt|gutschein|aktions|postleit|fehler)[ -]?codes?\b |
\bcode\ (?:of\ conduct|review|base|snippet|promo|postal|erreur|réduction|barre) | \bcodes?\ (?:promo|postal|de\ réduction) |
\bcódigo\ (?:postal|promocional|de\ (?:descuento|desconto|barras|error|erro)) |
\bcodice\ (?:postale|fiscale|sconto|promozionale|ordine|cliente) | \bkod\ (?:pocztowy|rabatowy) |
\b(?:gutschein|rabatt|aktions|fehler|artikel)code\w{0,2} | \b(?:kortings|actie)code |
\border\w{0,2}\b | \binvoice\b | \breceipt\b | \btracking\b | \bshipment\b | \bparcel\b | \bpackage\b | \bbooking\b |
\breservation\b | \breference\b | \bref\b | \bticket\b | \bcase\b | \bissue\b | \bpull\ request\b | \bcustomer\b |
\bmember(?:ship)?\b | \bclient\b | \bcontract\b | \bpolicy\b | \btransaction\b | \bpayment\b | \bamount\b | \btotal\b |
\bbalance\b | \bprice\b | \bending\ in\b | \bends?\ (?:in|with)\b | \bcard\b | \baccount\ (?:number|no|id)\b | \biban\b |
\bphone\b | \btel\b | \btelephone\b | \bfax\b | \bmobile\b | \bcall\b | \bdial\b | \bhotline\b | \btext\ us\b | \bsms\ to\b |
\bcolou?rs?\b | \bbackground\b | \bversion\b | \bbuild\b | \bport\b | \berror\b | \bflight\b | \bmodel\b | \bsku\b | \bitem\b |
\bpo\ box\b | \bbox\b | \bsuite\b | \bste\b | \bfloor\b | \broom\b | \bzip\b | \byear\b | \bext\b | \bisbn\b | \bserial\b |
\b(?:bestell|rechnungs|kunden|auftrags|artikel|vertrags|sendungs|ticket|buchungs|vorgangs|steuer|telefon|konto)-?
   (?:nummer|nr)\b | \bbestellung\b | \brechnung\b | \bsendung\b | \btelefon\b | \bpostfach\b | \bplz\b | \bpreis\b | \bbetrag\b |
\bcommande\b | \bfacture\b | \bcolis\b | \btéléphone\b | \btél\b | \bmontant\b | \bprix\b | \bn°\b | \bpedido\b | \bfactura\b |
\bfatura\b | \benvío\b | \bteléfono\b | \btelefone\b | \bimporte\b | \bprecio\b | \bordine\b | \bfattura\b | \bspedizione\b |
\btelefono\b | \bbestelling\b | \bfactuur\b | \bzamówieni\w{1,2}\b | \bfaktur\w{0,2}\b | \bzakaz\w{0,2}\b | \bзаказ\w{0,2}\b |
\bсч[её]т\w{0,2}\b | \bтелефон\w{0,2}\b | \bсумм\w{1,2}\b | 订单 | 訂單 | 注文 | 電話 | 电话 | 주문 | 전화 | 金额 | \bsipariş\b
"""

_FLAGS = re.IGNORECASE | re.VERBOSE

STRONG = re.compile(_STRONG, _FLAGS)
FOR = re.compile(f"{_STRONG}|{_WEAK}", _FLAGS)
AGAINST = re.compile(_AGAINST, _FLAGS)
