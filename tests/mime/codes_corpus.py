"""Mails as services send them, with the codes that are in them: subject, body, codes.

The numbers are made up, and so are names and addresses; the manner of speaking is not.
"""

from __future__ import annotations

CORPUS: dict[str, tuple[str, str, list[str]]] = {
    "github device": (
        "[GitHub] Please verify your device",
        "Hey octo!\n\nA sign in attempt requires further verification because we did not recognize "
        "your device. To complete the sign in, enter the verification code on the unrecognized "
        "device.\n\nDevice: Firefox on Linux\nVerification code: 739204\n\nIf you did not attempt "
        "to sign in to your account, your password may be compromised. Visit "
        "https://github.com/settings/security?x=123456 to create a new, strong password.\n\n"
        "GitHub, Inc. 88 Colin P Kelly Jr Street, San Francisco, CA 94107",
        ["739204"],
    ),
    "github launch": (
        "🚀 Your GitHub launch code",
        "Here's your GitHub launch code, @octo!\n\nContinue signing up for GitHub by entering the "
        "code below:\n\n73920458\n\nOpen GitHub\n\nNot able to enter the code? Paste the following "
        "link into your browser: https://github.com/users/octo/verify/73920458",
        ["73920458"],
    ),
    "github sudo": (
        "[GitHub] Sudo email verification code",
        "Here is your GitHub sudo authentication code:\n\n18273645\n\nThis code is valid for 15 "
        "minutes and can only be used once.",
        ["18273645"],
    ),
    "github ssh key": (
        "[GitHub] A new SSH authentication public key was added to your account",
        "The following SSH key was added to your account:\n\nlaptop 2023\n"
        "SHA256:Qd5Z4pXr8H1O2K7M3X9aBcDeFgHiJkLmNoPqRsTuVwX\n\nIf you believe this key was added "
        "in error, you can remove the key.",
        [],
    ),
    "github pull request": (
        "Re: [acme/rocket] Verify the token before it is used (PR #4821)",
        "@ann commented on this pull request.\n\n> if (code == 403) return 1024;\n\nThis should "
        "be 65536, see issue 20931. Merged commit 8f3a21c into main.\n\nReply to this email "
        "directly, view it on GitHub, or unsubscribe.",
        [],
    ),
    "gitlab": (
        "Confirmation instructions",
        "Verify your email address\n\nEnter the following code to verify your email address:"
        "\n\n  482 913\n\nThis code expires in 60 minutes.",
        ["482913"],
    ),
    "google": (
        "Google Verification Code",
        "Dear Google User,\n\nWe received a request to access your Google Account "
        "someone@example.com through your email address. Your Google verification code is:\n\n"
        "739204\n\nIf you did not request this code, it is possible that someone else is trying "
        "to access the Google Account. Do not forward or give this code to anyone.\n\n"
        "Google LLC, 1600 Amphitheatre Parkway, Mountain View, CA 94043, USA",
        ["739204"],
    ),
    "google prefix": ("", "G-739204 is your Google verification code.", ["739204"]),
    "google alert": (
        "Security alert",
        "A new sign-in on Windows\nsomeone@example.com\nWe noticed a new sign-in to your Google "
        "Account on a Windows device. If this was you, you don't need to do anything.\n"
        "Check activity\n© 2024 Google LLC, 1600 Amphitheatre Parkway, Mountain View, CA 94043",
        [],
    ),
    "facebook": (
        "482913 is your Facebook account recovery code",
        "Hi Ann,\nWe received a request to reset your Facebook password.\nEnter the following "
        "password reset code:\n482913\nAlternatively, you can directly change your password.\n"
        "Meta Platforms, Inc., Attention: Community Support, 1 Meta Way, Menlo Park, CA 94025",
        ["482913"],
    ),
    "facebook short": ("FB-48291 is your Facebook confirmation code", "", ["48291"]),
    "instagram": (
        "739204 is your Instagram code",
        "Hi,\nSomeone tried to sign up for an Instagram account with you@example.com. If it was "
        "you, enter this confirmation code in the app:\n739204",
        ["739204"],
    ),
    "microsoft": (
        "Your single-use code",
        "Hi ann@example.com,\n\nWe received your request for a single-use code to use with your "
        "Microsoft account.\n\nYour single-use code is: 739204\n\nOnly enter this code on an "
        "official website or app.\n\nThanks,\nThe Microsoft account team\nMicrosoft Corporation, "
        "One Microsoft Way, Redmond, WA 98052",
        ["739204"],
    ),
    "microsoft security": (
        "Microsoft account security code",
        "Please use the following security code for the Microsoft account an**e@example.com.\n\n"
        "Security code: 8391\n\nIf you don't recognize the Microsoft account, you can click here.",
        ["8391"],
    ),
    "apple": (
        "Verify your Apple ID email address",
        "You have selected ann@example.com as your Apple ID. To verify this email address belongs "
        "to you, enter the code below on the email verification page:\n\n739204\n\nThis code will "
        "expire three hours after this email was sent.\n\nCopyright © 2023 Apple Inc.\nOne Apple "
        "Park Way, Cupertino, CA 95014",
        ["739204"],
    ),
    "apple receipt": (
        "Your receipt from Apple.",
        "Receipt\nAPPLE ID ann@example.com\nDATE 12 Mar 2023\nORDER ID MK8X2Q71\nDOCUMENT NO. "
        "739204185512\niCloud+ with 50GB storage\nMonthly | Renews 12 Apr 2023\n€0,99\nTOTAL €0,99",
        [],
    ),
    "amazon": (
        "Amazon Sign-In",
        "To authenticate, please use the following One Time Password (OTP):\n\n739204\n\nDo not "
        "share this OTP with anyone. Amazon will never ask you for it.\n\n"
        "© 2024, Amazon.com, Inc. or its affiliates. Amazon, 410 Terry Avenue North, Seattle, WA "
        "98109-5210",
        ["739204"],
    ),
    "amazon order": (
        "Your Amazon.com order #112-7392041-4829133 has shipped",
        "Arriving tomorrow. Track package\nShip to: Ann, 1402 Main Street, Springfield, IL 62704\n"
        "Order #112-7392041-4829133\nTotal before tax: $1249.00\nItem 73920 of 2",
        [],
    ),
    "aws": (
        "Amazon Web Services: verify your email",
        "Hello,\n\nThanks for starting the process of creating a new AWS account. We want to make "
        "sure it's really you. Please enter the following verification code when prompted.\n\n"
        "Verification code\n\n739204\n\n(This code is valid for 10 minutes)\n\nAmazon Web Services "
        "will never email you and ask you to disclose or verify your password, credit card, or "
        "banking account number.",
        ["739204"],
    ),
    "slack": (
        "Slack confirmation code: K7M-Q2X",
        "Confirm your email address\nYour confirmation code is below — enter it in your open "
        "browser window and we'll help you get signed in.\n\nK7M-Q2X\n\nIf you didn't request "
        "this email, there's nothing to worry about.\nMade by Slack Technologies, Inc\n500 Howard "
        "Street | San Francisco, CA 94105 | United States",
        ["K7MQ2X"],
    ),
    "slack letters": (
        "Slack confirmation code",
        "Confirm your email address\nYour confirmation code is below.\n\nWQB-RTZ\n",
        ["WQBRTZ"],
    ),
    "notion": (
        "Your temporary Notion login code is 739204",
        "Login\nClick here to log in with this magic link\nOr, copy and paste this temporary login "
        "code:\n739204\nIf you didn't try to login, you can safely ignore this email.",
        ["739204"],
    ),
    "discord": (
        "Your Discord email verification code is Q7M2XK",
        "Hey ann,\nIt looks like you are trying to verify your email. Here is the verification "
        "code you need:\n\nQ7M2XK\n\nSent by Discord Inc.\n444 De Haro Street Suite 200, San "
        "Francisco, CA 94107",
        ["Q7M2XK"],
    ),
    "steam": (
        "Your Steam account: Access from new computer",
        "Dear octo,\nHere is the Steam Guard code you need to login to account octo:\n\nR5K7Q\n\n"
        "This email was generated because of a login attempt from a computer located at "
        "203.0.113.77 (DE).",
        ["R5K7Q"],
    ),
    "epic": (
        "Your two-factor sign in code",
        "Two-factor sign in code\n\n739 204\n\nPlease enter this code within 10 minutes. "
        "© 2004-2024, Epic Games, Inc.",
        ["739204"],
    ),
    "linkedin": (
        "Here's your verification code 739204",
        "Hi Ann,\nEnter this code to complete the log in:\n739204\nThis code will expire in 15 "
        "minutes and can only be used once.\nWhen and where this happened:\nDate: March 4, 2024, "
        "9:41 AM (GMT)\nOperating System: Windows\n© 2024 LinkedIn Ireland Unlimited Company, "
        "Wilton Plaza, Dublin 2",
        ["739204"],
    ),
    "twitter": (
        "739204 is your X verification code",
        "Confirm your email address\nThere’s one quick step you need to complete before creating "
        "your X account.\nPlease enter this verification code to get started on X:\n739204\n"
        "Verification codes expire after two hours.\nX Corp. 1355 Market Street, Suite 900 San "
        "Francisco, CA 94103",
        ["739204"],
    ),
    "paypal": (
        "Your PayPal security code",
        "Hello Ann,\nYour one-time security code is: 739204. It expires in 10 minutes. Don't share "
        "it with anyone.\nPayPal account ending in 4821",
        ["739204"],
    ),
    "paypal receipt": (
        "Receipt for Your Payment to Acme GmbH",
        "Transaction ID: 8XK291837V0391823\nYou sent a payment of €1249,00 EUR to Acme GmbH\n"
        "Invoice ID 20931\nVisa ending in 4821: €1249,00\nIt may take a few moments. Call customer "
        "service at 0800 723 4500. PIN never asked.",
        [],
    ),
    "stripe": (
        "Your Stripe verification code",
        "Use this code to finish signing in:\n\n739-204\n\nStripe, 354 Oyster Point Blvd, South San "
        "Francisco, CA 94080",
        ["739204"],
    ),
    "bank us": (
        "Your Chase one-time passcode",
        "Your one-time code is 73920458. Don't share it. We'll never call to ask for it. Account "
        "ending in 4821. Questions? Call 1-800-935-9935.",
        ["73920458"],
    ),
    "bank tan": (
        "Ihre mTAN",
        "Guten Tag,\ndie mTAN für Ihre Überweisung über 1250,00 EUR auf das Konto "
        "DE89 3704 0044 0532 0130 00 lautet: 739204\nIhre Sparkasse, 50667 Köln",
        ["739204"],
    ),
    "bank uk": (
        "Your access code",
        "Use passcode 4829 to approve the payment of GBP 2500 to J SMITH on card ending 1234. "
        "Never share this code. Sort code 20-00-00.",
        ["4829"],
    ),
    "bank statement": (
        "Your statement is ready",
        "Your statement for account number 73920458 is ready. Balance: 4829.13 EUR. Please sign in "
        "to view it. Sort code 40-47-84. We never ask for your PIN or password.",
        [],
    ),
    "german shop": (
        "Ihr Bestätigungscode",
        "Hallo Anna,\n\nbitte gib folgenden Bestätigungscode ein, um deine E-Mail-Adresse zu "
        "bestätigen:\n\n  739 204\n\nDer Code ist 30 Minuten gültig.\n\nZalando SE, Valeska-Gert-"
        "Straße 5, 10243 Berlin\nTelefon: 030 20968 1",
        ["739204"],
    ),
    "german order": (
        "Ihre Bestellung 73920458",
        "Vielen Dank für Ihre Bestellung!\nBestellnummer: 73920458\nKundennummer 48291\nSumme: "
        "129,95 €\nLieferadresse: Musterweg 12, 80331 München\nGutscheincode: SOMMER24\nIhr "
        "Passwort können Sie im Kundenkonto ändern.",
        [],
    ),
    "german reset": (
        "Passwort zurücksetzen",
        "Sie haben angefordert, Ihr Passwort zurückzusetzen. 482913 ist Ihr Sicherheitscode. Er "
        "gilt 10 Minuten.\n\nAcme AG, 8004 Zürich",
        ["482913"],
    ),
    "french": (
        "Votre code de vérification",
        "Bonjour,\n\nVoici votre code de vérification : 739204\nIl est valable 10 minutes. Ne le "
        "communiquez à personne.\n\nLa Poste, 75015 Paris - Tél. 01 23 45 67 89",
        ["739204"],
    ),
    "french order": (
        "Votre commande n° 739204",
        "Montant : 1249,00 €. Code postal : 75015. Avec le code promo HIVER24, profitez de 20 % de "
        "réduction. Service client : 09 69 39 70 70",
        [],
    ),
    "spanish": (
        "Tu código de verificación",
        "Hola Ana:\nTu código de verificación es 739204. No lo compartas con nadie.\n"
        "Calle Mayor 12, 28013 Madrid",
        ["739204"],
    ),
    "spanish bank": (
        "Clave de acceso",
        "Su clave temporal para la operación por 1250 EUR es: 4829-1375. Vence en 5 minutos.",
        ["48291375"],
    ),
    "portuguese": (
        "Código de segurança",
        "Olá! Seu código de segurança é 739204. Válido por 10 minutos. CEP 01310-100 São Paulo",
        ["739204"],
    ),
    "italian": (
        "Il tuo codice di verifica",
        "Ciao Anna,\nil tuo codice di verifica è:\n\n739204\n\nIl codice scade tra 10 minuti. "
        "Via Roma 10, 20121 Milano. Codice fiscale 01234567890",
        ["739204"],
    ),
    "dutch": (
        "Je verificatiecode",
        "Hoi,\n\nJe verificatiecode is 739204. Deel deze code met niemand.\n\nbol.com, 3528 BJ "
        "Utrecht",
        ["739204"],
    ),
    "polish": (
        "Kod weryfikacyjny",
        "Twój kod weryfikacyjny to: 739204\nKod jest ważny 15 minut.\nAllegro, ul. Wierzbięcice 1B, "
        "61-569 Poznań, zamówienie 48291375",
        ["739204"],
    ),
    "czech": ("Ověřovací kód", "Váš ověřovací kód je 7392. Praha 4, 140 00", ["7392"]),
    "swedish": (
        "Din engångskod",
        "Hej! Din engångskod är 739204 och gäller i 5 minuter. Belopp: 4500 kr",
        ["739204"],
    ),
    "danish": ("Din engangskode", "Din engangskode er: 739204. Beløb 4500 kr.", ["739204"]),
    "finnish": ("Vahvistuskoodi", "Vahvistuskoodisi on 739204. Voimassa 10 min.", ["739204"]),
    "turkish": ("Doğrulama kodu", "Doğrulama kodunuz: 739204. Kimseyle paylaşmayın.", ["739204"]),
    "russian": (
        "Код подтверждения",
        "Здравствуйте!\nВаш код подтверждения: 739204\nНикому не сообщайте его. Заказ 48291375. "
        "Телефон 8 800 555 35 35",
        ["739204"],
    ),
    "ukrainian": ("Ваш код", "Ваш код для входу: 7392. Діє 5 хвилин.", ["7392"]),
    "greek": ("Κωδικός", "Ο κωδικός επαλήθευσης σας είναι 739204", ["739204"]),
    "chinese": ("验证码", "【某某】您的验证码是739204，5分钟内有效。订单48291375", ["739204"]),
    "japanese": (
        "認証コードのお知らせ",
        "認証コード：739204\n有効期限は10分です。\n〒150-0002 東京都渋谷区 電話 03-1234-5678",
        ["739204"],
    ),
    "korean": ("인증번호", "인증번호는 [739204] 입니다. 타인에게 알리지 마세요.", ["739204"]),
    "arabic": ("رمز التحقق", "رمز التحقق الخاص بك هو 739204", ["739204"]),
    "hebrew": ("קוד אימות", "קוד אימות: 739204", ["739204"]),
    "hindi": ("ओटीपी", "आपका सत्यापन कोड 739204 है।", ["739204"]),
    "vietnamese": ("Mã xác minh", "Mã xác minh của bạn là 739204", ["739204"]),
    "indonesian": ("Kode OTP", "Kode verifikasi Anda: 7392", ["7392"]),
    "spaced digits": (
        "Sign in to Acme",
        "Enter this code to sign in:\n\n7 3 9 2 0 4\n\nIt expires in 10 minutes.",
        ["739204"],
    ),
    "uber": ("Your Uber code", "Your Uber code is 7392. Never share this code.", ["7392"]),
    "year as a pin": ("Your PIN", "Your new PIN is: 1984\n© 2024 Acme", ["1984"]),
    "two codes": (
        "Your codes",
        "Your access code: 739204\nYour recovery code: K7M-Q2X9\nKeep both in a safe place.",
        ["739204", "K7MQ2X9"],
    ),
    "long mixed": (
        "Your activation code",
        "Your activation code is\nK7MQ-2X9B-44TR\nEnter it in the app.",
        ["K7MQ2X9B44TR"],
    ),
    "netflix": (
        "Your sign-in code",
        "Enter this code to sign in\n\n7392\n\nThis code expires in 15 minutes.\n\nNetflix, 121 "
        "Albright Way, Los Gatos, CA 95032, USA. Questions? 1-866-579-7172",
        ["7392"],
    ),
    "dropbox": (
        "Your Dropbox security code: 739204",
        "Hi Ann, to sign in enter 739204. It was requested from Berlin on March 4, 2024.",
        ["739204"],
    ),
    "shopify promo": (
        "20% off with code SAVE20",
        "Use promo code SAVE20 at checkout. Discount code: SPRING2024. Offer valid until 31.12.2024"
        ". Over 50000 happy customers. Prices from 1999 kr. Call 020 7946 0018.",
        [],
    ),
    "airline": (
        "Booking confirmation",
        "Your booking reference: K7MQ2X\nFlight LH1234 on 12 Mar 2024, gate B42\nTicket number "
        "220 7392041857\nPlease have your passport ready. To verify your booking visit our page.",
        [],
    ),
    "parcel": (
        "Your parcel is on its way",
        "Tracking number 1Z999AA10123456784. Delivery to 94103 San Francisco between 1400 and 1600."
        " Order 739204.",
        [],
    ),
    "locker": (
        "Your parcel is ready",
        "Your parcel is waiting in locker 12. Pickup PIN: 739204\nOpen until 18.03.2024",
        ["739204"],
    ),
    "newsletter": (
        "Weekly digest",
        "In 2024 we grew to 12000 users. Top story: 4500 people moved to 10115 Berlin. Background "
        "color #336699. Read the code of conduct (2023). Version 2024.1.5, build 48291. Tel. "
        "+49 30 1234567.",
        [],
    ),
    "alert": (
        "[FIRING:1] HighErrorRate",
        "Error code 50012 on host web-4821, port 8080. 1500 requests failed at 12:30:45. Trace "
        "739204. Status code 503.",
        [],
    ),
    "calendar": (
        "Invitation: Sync @ Mon Mar 4, 2024 14:00",
        "Join by phone: +1 646-558-8656\nMeeting ID: 739 2041 8571\nWhen: 20240304",
        [],
    ),
    "zoom": (
        "Ann is inviting you to a scheduled Zoom meeting",
        "Meeting ID: 739 2041 8571\nPasscode: 482913\n\nOne tap mobile\n+16465588656,,73920418571#",
        ["482913"],
    ),
    "colours": ("Brand guide", "Your code uses the colours #123456, 336699 and FF8800.", []),
}
